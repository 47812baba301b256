/** Whom the listener lets in, and on whom it hangs up. */
import { probe } from '@atlas/coupling-transport';
import { describe, expect, it } from 'vitest';
import { TEST_TOKEN, type FakePeer } from '../src/index.ts';
import { callFrame, HELLO } from './hostile-bytes.ts';
import { eachTestListens, identity } from './listener-scene.ts';

const { at, listen, nextRefused, peerOf, greeted } = eachTestListens();

describe('the listener', () => {
  it('welcomes a peer with the right token, build and contracts, and answers its call', async () => {
    const peer = await greeted(await listen());
    peer.send(callFrame(7, { x: 'ä€😀' }));
    expect(await peer.next()).toEqual({ t: 'ok', id: 7, out: { x: 'ä€😀' } });
  });

  it.each([
    ['a wrong token', { token: 'nope' }, 'unauthorized'],
    ['an empty token', { token: '' }, 'unauthorized'],
    ['another build', { build: 'b2' }, 'build_mismatch'],
    ['other contracts', { contractHash: 'h2' }, 'contract_mismatch'],
  ])('refuses %s, saying why, and executes nothing', async (_what, change, reason) => {
    const peer = await peerOf(await listen());
    peer.send({ ...HELLO, ...change });
    peer.send(callFrame(1));
    expect(await peer.next()).toEqual({ t: 'refused', reason });
    await peer.closed;
    expect((await nextRefused()).reason).toBe(reason);
    expect(at.server.refused()).toEqual({ [reason]: 1 });
    expect(at.served).toEqual([]);
  });

  it('refuses a fenced nonce', async () => {
    const peer = await peerOf(await listen({ refusesNonce: (nonce) => nonce === HELLO['nonce'] }));
    peer.send(HELLO);
    expect(await peer.next()).toEqual({ t: 'refused', reason: 'nonce_refused' });
  });

  it('hangs up on a peer that is fenced after it was welcomed, and on no other', async () => {
    const fenced = new Set<unknown>();
    const rpc = await listen({ refusesNonce: (nonce) => fenced.has(nonce) });
    const bad = await greeted(rpc);
    const good = await peerOf(rpc);
    good.send({ ...HELLO, nonce: 'another-nonce' });
    expect(await good.next()).toMatchObject({ t: 'welcome' });
    fenced.add(HELLO['nonce']);
    at.server.cutRefused();
    await bad.closed;
    expect((await nextRefused()).reason).toBe('nonce_refused');
    good.send(callFrame(7));
    expect(await good.next()).toMatchObject({ t: 'ok', id: 7 });
  });

  it.each([
    ['garbage', 'GET / HTTP/1.1\r\n\r\n', 'malformed'],
    ['binary garbage', '\u0000\u0001\u0002\n', 'malformed'],
    ['null', 'null\n', 'malformed'],
    ['an array', '[]\n', 'malformed'],
    ['a call before the hello', `${JSON.stringify(callFrame(1))}\n`, 'malformed'],
    ['an unknown kind', '{"t":"constructor"}\n', 'malformed'],
    ['a hello without a token', '{"t":"hello"}\n', 'malformed'],
    ['a line over 4 KiB', `${'x'.repeat(5_000)}\n`, 'oversized'],
    ['4 KiB without an end', 'x'.repeat(5_000), 'oversized'],
  ])('hangs up on %s before the hello', async (_what, text, reason) => {
    const rpc = await listen();
    const peer = await peerOf(rpc);
    peer.send(text);
    await peer.closed;
    expect((await nextRefused()).reason).toBe(reason);
    expect(at.served).toEqual([]);
    await greeted(rpc);
  });

  it.each([
    ['a line over 1 MiB', `${'x'.repeat(1024 * 1024 + 1)}\n`, 'oversized'],
    ['a call without a root', '{"t":"call","id":1}\n', 'malformed'],
    ['a call with a bad id', `${JSON.stringify(callFrame(-1))}\n`, 'malformed'],
    ['a second hello', `${JSON.stringify(HELLO)}\n`, 'malformed'],
    ['an answer to nothing', '{"t":"ok","id":1}\n', 'malformed'],
  ])('hangs up on %s after the hello, and other peers go on', async (_what, text, reason) => {
    const rpc = await listen();
    const [bad, good] = await Promise.all([greeted(rpc), greeted(rpc)]);
    bad.send(text);
    await bad.closed;
    expect((await nextRefused()).reason).toBe(reason);
    good.send(callFrame(1, 'still here'));
    expect(await good.next()).toMatchObject({ t: 'ok', out: 'still here' });
  });

  it('hangs up when no hello comes', async () => {
    const peer = await peerOf(await listen({ helloTimeoutMs: 50 }));
    await peer.closed;
    expect((await nextRefused()).reason).toBe('hello_timeout');
  });

  it('tells a probe who it is, whatever its build, but serves it nothing', async () => {
    const rpc = await listen();
    await expect(probe({ rpc, token: TEST_TOKEN, instance: 'driver' })).resolves.toEqual(identity);
    await expect(probe({ rpc, token: 'nope', instance: 'driver' })).resolves.toBeUndefined();
    const peer = await peerOf(rpc);
    peer.send({ ...HELLO, probe: true, build: '' });
    expect(await peer.next()).toMatchObject({ t: 'welcome' });
    peer.send(callFrame(1));
    await peer.closed;
    expect(at.served).toEqual([]);
  });

  it('closes at once what comes above the most connections, and serves those that are there', async () => {
    const rpc = await listen({ maxConnections: 1 });
    const peer = await greeted(rpc);
    await (
      await peerOf(rpc)
    ).closed;
    expect(await nextRefused()).toMatchObject({ reason: 'too_many' });
    peer.send(callFrame(1, { still: 'here' }));
    expect(await peer.next()).toMatchObject({ t: 'ok', out: { still: 'here' } });
  });

  it('lets a host in through a flood of strangers that say nothing: the longest silent makes room', async () => {
    const rpc = await listen({ maxConnections: 8, helloTimeoutMs: 60_000 });
    const silent: FakePeer[] = [];
    for (let more = 0; more < 20; more += 1) silent.push(await peerOf(rpc));
    await Promise.all(silent.slice(0, 18).map(({ closed }) => closed));
    const host = await greeted(rpc);
    for (let more = 0; more < 20; more += 1) await peerOf(rpc);
    host.send(callFrame(1, { still: 'here' }));
    expect(await host.next()).toMatchObject({ t: 'ok', out: { still: 'here' } });
    await greeted(rpc);
    expect(at.refused.every(({ reason }) => reason === 'too_many')).toBe(true);
    expect(at.server.connections).toBeLessThanOrEqual(8);
  });
});
