/**
 * A stack that is short of file descriptors, with floods of connections that would take every one of them; and one whose
 * files cannot grow any more. The limit on the size of files stands for a full disk: the system refuses each write, at
 * once, of running processes, and takes it back as easily. It needs no right to mount anything.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { readRunFile } from '@atlas/platform-stack';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  assertEventually,
  assertNothingLeft,
  ControlClient,
  disposalOfHome,
  makeHome,
  rowOf,
  rowsOf,
  startSupervisor,
  type Started,
} from './src/index.ts';

const dispose = disposalOfHome();
let home: string;
let started: Started | undefined;
const floods: Flood[] = [];

beforeAll(async () => {
  home = await makeHome();
});
afterEach(() => {
  for (const { end } of floods.splice(0)) end();
});
afterAll(() =>
  dispose(home, async () => {
    started?.child.kill('SIGINT');
    await started?.ended;
    await assertNothingLeft(home);
  }),
);

interface Flood {
  /** Connections that were closed on it so far. */
  closed(): number;
  end(): void;
}

/** Clients that connect, say nothing, and come again when they are closed: 400 at any time. */
function flood(address: string): Flood {
  const { hostname, port } = new URL(address);
  const open = new Set<Socket>();
  let closed = 0;
  const fill = setInterval(() => {
    for (let made = 0; made < 40 && open.size < 400; made += 1) {
      const socket = connect(Number(port), hostname);
      open.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(socket);
          closed += 1;
        });
    }
  }, 20);
  const end = (): void => {
    clearInterval(fill);
    for (const socket of open) socket.destroy();
  };
  floods.push({ closed: () => closed, end });
  return { closed: () => closed, end };
}

const raging = (group: readonly Flood[]): Promise<void> =>
  assertEventually('the flood has been closed on again and again', () => {
    for (const { closed } of group) expect(closed()).toBeGreaterThan(600);
  });

/** The largest size, in bytes, that a running process may let a file grow to. */
const limitFiles = (pid: number, bytes: string): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);

async function answers(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) });
  await answer.arrayBuffer();
  return answer.status;
}

/** Lines of a log that hold all of these words. */
async function logged(instance: string, ...words: readonly string[]): Promise<readonly string[]> {
  const lines = (await readFile(join(home, 'logs', `${instance}.log`), 'utf8')).split('\n');
  return lines.filter((line) => words.every((word) => line.includes(word)));
}

test('a limit of open files that is too low for anything is refused in one line', async () => {
  const { ended } = startSupervisor({ home, args: ['--idle', '--port', '0'], openFiles: 200 });
  const { code, stderr } = await ended;
  expect(stderr).toBe(
    'atlas: only 200 files may be open at once (ulimit -n), and the shop needs 256: raise it, e.g. `ulimit -n 4096`\n',
  );
  expect(code).toBe(1);
});

describe('under 300 open files', () => {
  let edgeUrl: string;
  let controlUrl: string;
  let control: ControlClient;
  const productsAnswer = (): Promise<void> =>
    assertEventually('the edge answers', async () =>
      expect(await answers(`${edgeUrl}/api/products?limit=1`)).toBe(200),
    );

  beforeAll(async () => {
    started = startSupervisor({ home, args: ['--idle', '--port', '0'], openFiles: 300 });
    edgeUrl = await started.answering();
    const run = await readRunFile(home);
    controlUrl = run?.controlUrl ?? '';
    control = new ControlClient({ home, operatorToken: run?.operatorToken ?? '' });
  });

  test('floods at the edge and at the RPC listener take no descriptor from anything else, and a switch goes through', async () => {
    const { rpc, metricsUrl, pid } = await rowOf(home, 'shop-0');
    const group = [flood(edgeUrl), flood(`http://${rpc}`)];
    await raging(group);
    expect(await answers(`${metricsUrl}/readyz`)).toBe(200);
    expect((await control.switchTo({ placements: { cart: 'service' } })).outcome).toBe('committed');
    await raging(group);
    expect((await control.status()).hosts.map(({ health }) => health)).toEqual(['ready', 'ready']);
    for (const { end } of group) end();
    await productsAnswer();
    expect(await rowOf(home, 'shop-0')).toMatchObject({ pid });
    expect(await logged('shop-0', '"listener":"edge"', 'raise `ulimit -n`')).toHaveLength(1);
    expect(await logged('shop-0', '"reason":"too_many"', 'connection was')).toHaveLength(1);
    expect((await logged('shop-0', '"level":"warn"')).length).toBeLessThan(12);
    expect(await logged('shop-0', 'EMFILE')).toEqual([]);
  });

  test('a flood at the control API costs the switcher neither its lead nor a descriptor, and the shop nothing', async () => {
    const group = [flood(controlUrl)];
    await raging(group);
    await productsAnswer();
    for (const { end } of group) end();
    await assertEventually('the control API answers again', () => control.status());
    expect((await control.status()).leader.leads).toBe(true);
    expect(await logged('switcher', 'no longer leading')).toEqual([]);
    expect(await logged('switcher', 'EMFILE')).toEqual([]);
    expect(await logged('switcher', '"listener":"control"', 'too many')).toHaveLength(1);
  });

  test.runIf(process.platform === 'linux')(
    'when no file can grow any more lines of logs are dropped, the shop serves on and changes its shape; later all is told',
    async () => {
      const full = await Promise.all(
        ['switcher', 'shop-0', 'cart-0'].map((instance) => rowOf(home, instance)),
      );
      for (const { pid } of full) limitFiles(pid, '1');
      expect((await control.switchTo({ mode: 'hybrid' })).outcome).toBe('committed');
      await productsAnswer();
      const hosts = (await control.status()).hosts;
      expect(hosts.map(({ instance }) => instance)).toEqual(['cart-0', 'payment-0', 'shop-0']);
      expect((await rowsOf(home)).map(({ instance }) => instance)).not.toContain('payment-0');
      for (const { pid } of [...full, ...hosts]) limitFiles(pid ?? 0, 'unlimited');
      await assertEventually('the run file names the new host', () => rowOf(home, 'payment-0'));
      expect((await control.switchTo({ mode: 'tight' })).outcome).toBe('committed');
      expect(await logged('switcher', '"lost":', 'lines of this log are missing')).toHaveLength(1);
      expect(await logged('switcher', 'control API listens')).toHaveLength(1);
    },
  );
});
