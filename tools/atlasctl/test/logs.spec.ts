import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { logLine } from '../src/commands/logs.ts';
import { EXIT } from '../src/exit-codes.ts';
import { eachTestHasScene } from './scene.ts';

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
  await vi.waitFor(() => expect(out).toHaveLength(3), { timeout: 5_000 });
  over.abort();
  expect(await code).toBe(EXIT.done);
});

it('reads the times of hosts, which write them as ISO 8601', async () => {
  const logs = join(at.home, 'logs');
  await mkdir(logs);
  const line = (second: number) =>
    `${JSON.stringify({ level: 'info', time: `2026-11-26T14:30:0${second}.934Z`, instance: 'x-0', msg: 'warm' })}\n`;
  await appendFile(join(logs, 'cart-0.log'), line(2));
  await appendFile(join(logs, 'shop-0.log'), `${line(1)}${line(3)}`);
  expect((await ctl('logs')).out.split('\n')).toEqual([
    '14:30:01.934 shop-0 info  warm',
    '14:30:02.934 cart-0 info  warm',
    '14:30:03.934 shop-0 info  warm',
  ]);
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

it('leaves lines that are not JSON as they are', () => {
  expect(logLine('shop-0', 'plain words')).toBe('shop-0 plain words');
});
