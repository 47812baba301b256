import { watch } from 'node:fs';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { logLine } from '../src/commands/logs.ts';
import { EXIT } from '../src/exit-codes.ts';
import { eachTestHasScene } from './scene.ts';

vi.mock('node:fs', { spy: true });

const { at, begin, ctl } = eachTestHasScene();

it('reads logs in the order of time, and follows them', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const line = (time: number, msg: string) => `${JSON.stringify({ level: 30, time, msg, ms: 4 })}\n`;
  await appendFile(join(logs, 'cart-0.log'), `${line(2, 'second')}oops\n`);
  await appendFile(join(logs, 'shop-0.log'), line(1, 'first'));
  expect((await ctl('logs')).out.split('\n')).toEqual([
    '00:00:00.001 shop-0 info  first {"ms":4}',
    '00:00:00.002 cart-0 info  second {"ms":4}',
    'cart-0 oops',
  ]);
  expect((await ctl('logs', 'cart-0', '-n', '1')).out).toBe('cart-0 oops');
  expect(await ctl('logs', 'moon-0')).toMatchObject({
    code: EXIT.usage,
    err: expect.stringContaining('cart-0, shop-0') as string,
  });
  const over = new AbortController();
  const { out, code } = begin(['logs', 'cart-0', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toHaveLength(2));
  await appendFile(join(logs, 'cart-0.log'), line(3, 'third'));
  await vi.waitFor(() => expect(out).toHaveLength(3));
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('lets no line of a log move the cursor, whoever had it written', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const url = '/api/products?q=\u009b2J';
  await appendFile(
    join(logs, 'shop-0.log'),
    `${JSON.stringify({ level: 'warn', time: 1, msg: 'no', url })}\n`,
  );
  await appendFile(join(logs, 'shop-0.log'), 'at \u001b]0;title\u0007\tend\n');
  expect((await ctl('logs')).out.split('\n')).toEqual([
    '00:00:00.001 shop-0 warn  no {"url":"/api/products?q=\\u009b2J"}',
    'shop-0 at \\u001b]0;title\\u0007\tend',
  ]);
  const [json = ''] = (await ctl('logs', '--json')).out.split('\n');
  expect(JSON.parse(json)).toMatchObject({ url });
  expect(json).not.toContain('\u009b');
});

it('follows the log of a process that starts later, too', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  await appendFile(join(logs, 'shop-0.log'), 'here\n');
  const over = new AbortController();
  const { out, code } = begin(['logs', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toEqual(['shop-0 here']));
  await appendFile(join(logs, 'cart-0.log'), 'new\n');
  await vi.waitFor(() => expect(out).toEqual(['shop-0 here', 'cart-0 new']));
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('goes on following when a start has forgotten all state', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  await appendFile(join(logs, 'shop-0.log'), 'a line of before\n');
  const over = new AbortController();
  const { out, code } = begin(['logs', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toHaveLength(1));
  await rm(logs, { recursive: true });
  const sees = (): string[] => vi.mocked(watch).mock.results.map(({ type }) => type);
  await vi.waitFor(() => expect(sees()).toContain('throw'), 3_000);
  await mkdir(logs);
  await appendFile(join(logs, 'shop-0.log'), 'anew\n');
  await vi.waitFor(() => expect(out.slice(1)).toEqual(['shop-0 anew']), 3_000);
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('follows a log that was made anew from its begin, however long it is already', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  await appendFile(join(logs, 'shop-0.log'), 'of before\nhalf a li');
  const over = new AbortController();
  const { out, code } = begin(['logs', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toHaveLength(1));
  await writeFile(join(at.home, 'anew'), 'the first line\nthe second line\n');
  await rename(join(at.home, 'anew'), join(logs, 'shop-0.log'));
  await vi.waitFor(() => expect(out.slice(1)).toEqual(['shop-0 the first line', 'shop-0 the second line']));
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('reads a letter that was half written when it looked', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const [cart, shop] = [join(logs, 'cart-0.log'), join(logs, 'shop-0.log')];
  await writeFile(cart, '');
  await writeFile(shop, 'here\n');
  const over = new AbortController();
  const { out, code } = begin(['logs', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toEqual(['shop-0 here']));
  const line = Buffer.from('größer\n');
  await appendFile(cart, line.subarray(0, 3));
  await appendFile(shop, 'looked\n');
  await vi.waitFor(() => expect(out.slice(1)).toEqual(['shop-0 looked']));
  await appendFile(cart, line.subarray(3));
  await vi.waitFor(() => expect(out.slice(2)).toEqual(['cart-0 größer']));
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('goes on following where the system has no watch left', async () => {
  vi.mocked(watch).mockImplementation(() => {
    throw Object.assign(new Error('no watch'), { code: 'ENOSPC' });
  });
  onTestFinished(() => void vi.mocked(watch).mockRestore());
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  await appendFile(join(logs, 'shop-0.log'), 'here\n');
  const over = new AbortController();
  const { out, code } = begin(['logs', '-f'], over.signal);
  await vi.waitFor(() => expect(out).toHaveLength(1));
  await appendFile(join(logs, 'shop-0.log'), 'new\n');
  await vi.waitFor(() => expect(out).toEqual(['shop-0 here', 'shop-0 new']), 3_000);
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('reads as many lines as are asked for, however long they are', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const lines = Array.from({ length: 3_000 }, (_, i) => `${i} ${'.'.repeat(300)}`);
  await appendFile(join(logs, 'shop-0.log'), `${lines.join('\n')}\n`);
  const last = async (count: number): Promise<string[]> =>
    (await ctl('logs', 'shop-0', '-n', String(count))).out.split('\n');
  for (const count of [50, 2_000, 3_000])
    expect(await last(count)).toEqual(lines.slice(-count).map((line) => `shop-0 ${line}`));
  expect(await last(5_000)).toHaveLength(3_000);
});

it('reads the times of hosts and of Postgres, too', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const at2026 = (clock: string): string => `2026-11-26T${clock}Z`;
  const host = { level: 'warn', time: at2026('14:30:15.934'), instance: 'shop-0', msg: 'slow', ms: 129 };
  const switcher = { level: 30, time: Date.parse(at2026('14:30:15.936')), app: 'switcher', msg: 'leading' };
  await appendFile(join(logs, 'shop-0.log'), `${JSON.stringify(host)}\n`);
  await appendFile(join(logs, 'switcher.log'), `${JSON.stringify(switcher)}\n`);
  const postgres = [
    '2026-11-26 14:30:15.935 UTC [7] LOG:  ready',
    '\tand more',
    '2026-11-26 14:30:15.937 UTC [7] LOG:  x',
  ];
  await appendFile(join(logs, 'postgres.log'), `${postgres.join('\n')}\n`);
  expect((await ctl('logs')).out.split('\n')).toEqual([
    '14:30:15.934 shop-0 warn  slow {"ms":129}',
    `postgres ${postgres[0]}`,
    `postgres ${postgres[1]}`,
    '14:30:15.936 switcher info  leading',
    `postgres ${postgres[2]}`,
  ]);
});

it('leaves lines that are not JSON as they are', () => {
  expect(logLine('shop-0', 'plain words')).toBe('shop-0 plain words');
});
