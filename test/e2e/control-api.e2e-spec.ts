/** Doors that only the stack's own processes and its operator may open, tried on a live stack under load. */
import type { Proposal } from '@atlas/control-api';
import { FakePeer, type RawFrame } from '@atlas/coupling-testkit';
import { probe } from '@atlas/coupling-transport';
import { readStackFile, stackFilePath } from '@atlas/platform-stack';
import { beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, rowsOf, shopOfFile, type Load } from './src/index.ts';

const shop = shopOfFile();
let load: Load;

beforeAll(async () => {
  load = await shop().load();
  await shop().control.switchTo({ placements: { cart: 'service' } });
});

const ROUTES = [
  ['GET', '/v1/status'],
  ['GET', '/v1/layout'],
  ['GET', '/v1/switches'],
  ['GET', '/v1/switches/none'],
  ['GET', '/v1/audit'],
  ['GET', '/v1/events'],
  ['GET', '/v1/openapi.json'],
  ['GET', '/v1/no-such-thing'],
  ['POST', '/v1/switches'],
  ['POST', '/v1/switches/none/abort'],
  ['POST', '/v1/rollback'],
  ['GET', '/v1/proposals'],
  ['POST', '/v1/proposals/none/approve'],
  ['POST', '/v1/proposals/none/reject'],
  ['POST', '/v1/autonomy'],
  ['POST', '/v1/freeze'],
  ['POST', '/v1/unfreeze'],
  ['POST', '/v1/warm'],
] as const;

test.for(ROUTES)('%s %s without or with a wrong token is 401 and changes nothing', async ([method, path]) => {
  const { controlUrl, operatorToken } = shop().stack;
  const before = await shop().control.layout();
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${operatorToken}x`,
    `Basic ${operatorToken}`,
    operatorToken,
  ];
  for (const authorization of [undefined, ...wrong]) {
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(method === 'POST' ? { body: '{"mode":"loose"}' } : {}),
    });
    expect([authorization, answer.status]).toEqual([authorization, 401]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await answer.json()).toMatchObject({ code: 'unauthorized', status: 401 });
  }
  expect(await shop().control.layout()).toEqual(before);
});

const CALL = { t: 'call', id: 1, op: 'cart.getCart', root: 'a'.repeat(16), epoch: 1, at: 9e12, trace: '' };
const hello = (token: string): RawFrame => ({
  ...{ t: 'hello', token, probe: false, now: Date.now(), instance: 'shop-9', nonce: 'f'.repeat(16) },
  ...{ build: 'none', contractHash: 'none' },
});

/** What is sent before a hello that is accepted, and what the peer is told before it is hung up on. */
const FRAMES: readonly (readonly [string, readonly (string | RawFrame)[], string | undefined])[] = [
  ['an HTTP request', ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], undefined],
  ['binary rubbish', ['\u0000\u0001\u0002\u0003\n'], undefined],
  ['JSON that is no frame', ['[]\n'], undefined],
  ['a call before the hello', [CALL], undefined],
  ['a line beyond the limit', [`${'x'.repeat(100_000)}\n`], undefined],
  ['a megabyte without an end', ['x'.repeat(1_048_576)], undefined],
  ['a hello with a wrong token, and a call', [hello('guess'), CALL], 'unauthorized'],
  ['a hello with an empty token, and a call', [hello(''), CALL], 'unauthorized'],
];

test.for(FRAMES)('every RPC listener refuses %s and serves on', async ([, frames, reason]) => {
  const hosts = (await rowsOf(shop().home)).filter(({ rpc }) => rpc !== null);
  expect(hosts.map(({ app }) => app).sort()).toEqual(['cart', 'shop']);
  for (const { rpc } of hosts) {
    const peer = await FakePeer.connect(rpc ?? '');
    for (const frame of frames) peer.send(frame);
    if (reason !== undefined) expect(await peer.next()).toEqual({ t: 'refused', reason });
    await peer.closed;
  }
  expect(load.failures).toEqual([]);
});

test('a peer that has the token is hung up on as soon as it breaks the protocol', async () => {
  const { apps } = await readStackFile(stackFilePath(shop().home));
  const token = apps['cart']?.env['ATLAS_RPC_TOKEN'] ?? '';
  const { rpc } = await shop().process('cart-0');
  const { build, contractHash } =
    (await probe({ rpc: rpc ?? '', token, instance: 'shop-9', timeoutMs: 60_000 })) ?? {};
  for (const broken of [
    `${'x'.repeat(1_100_000)}\n`,
    { ...CALL, id: -1 },
    { t: 'ok', id: 1 },
    hello(token),
  ]) {
    const peer = await FakePeer.connect(rpc ?? '');
    peer.send({ ...hello(token), ...{ build, contractHash } });
    expect(await peer.next()).toMatchObject({ t: 'welcome', instance: 'cart-0' });
    peer.send(broken);
    await peer.closed;
  }
  expect(load.failures).toEqual([]);
});

test('a hundred peers that say nothing keep nobody from being served', async () => {
  const { rpc } = await shop().process('cart-0');
  const peers = await Promise.all(Array.from({ length: 100 }, () => FakePeer.connect(rpc ?? '')));
  await load.served(60);
  await Promise.all(peers.map(({ closed }) => closed));
  expect(load.failures).toEqual([]);
});

test('what the brain wishes is refused in a freeze, and else waits for a person, who makes a switch of it', async () => {
  const { control } = shop();
  const wish = { placements: { cart: 'service', payment: 'service' }, source: 'brain' } as const;
  await control.ask('POST', '/v1/autonomy', { level: 3 });
  await control.ask('POST', '/v1/freeze', { reason: 'stocktaking' });
  await expect(control.propose(wish)).rejects.toMatchObject({ status: 409, code: 'held_by_freeze' });
  await control.ask('POST', '/v1/unfreeze');

  await control.ask('POST', '/v1/warm', { placements: wish.placements });
  await assertEventually('payment is warm', async () => {
    expect((await control.status()).hosts).toContainEqual(
      expect.objectContaining({ app: 'payment', health: 'ready' }),
    );
  });
  const warm = await shop().process('payment-0');
  const { epoch } = await control.layout();

  const broken = { ...wish, guardrails: ['too dear'] };
  const { waiting } = await control.ask<{ waiting: Proposal }>('POST', '/v1/switches', broken);
  expect(await control.layout()).toMatchObject({ epoch, placements: { payment: 'bundle' } });
  await control.ask('POST', `/v1/proposals/${waiting.id}/approve`);
  await assertEventually('it is in force', async () => {
    expect(await control.get(waiting.id)).toMatchObject({ outcome: 'committed', source: 'brain' });
  });
  expect(await shop().process('payment-0')).toEqual(warm);
  expect((await control.status()).autonomy).toMatchObject({ level: 3, effective: 3 });
});

test('no request failed, and the books agree', async () => {
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect((await shop().audit()).problems).toEqual([]);
});
