/** Development with Nx: everything as ordinary processes that a switch neither starts nor stops. */
import {
  readManifest,
  readRunFile,
  repositoryRoot,
  runFilePath,
  type ProcessRow,
  type RunFile,
} from '@atlas/platform-stack';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlClient } from './src/control.ts';
import { ctl, type Running } from './src/command-line.ts';
import {
  assertEventually,
  disposalOfHome,
  hostPids,
  kill,
  rowOf,
  startLoad,
  type Load,
} from './src/index.ts';
import { saveAgain, startNxServe, startServe } from './src/nx-serve.ts';
import { assertNothingLeft, builtFile, makeHome } from './src/shop.ts';

const { bundle, modules } = await readManifest(repositoryRoot());
const HOSTS = [bundle, ...modules].map((app) => `${app}-0`).sort();
const dispose = disposalOfHome();
let home: string;
let nx: Running;
let run: RunFile;
let load: Load;

async function runFile(): Promise<RunFile> {
  const read = await readRunFile(home);
  if (!read) throw new Error('there is no run file');
  return read;
}

/** Resolves to the row of the instance once another process than `before` serves as it, and is ready. */
const replaced = (before: ProcessRow): Promise<ProcessRow> =>
  assertEventually(
    `${before.instance} is replaced`,
    async () => {
      const row = await rowOf(home, before.instance);
      expect(row.pid).not.toBe(before.pid);
      const { hosts } = await new ControlClient({ ...run, home }).status();
      expect(hosts.find(({ pid }) => pid === row.pid)?.health).toBe('ready');
      return row;
    },
    { withinMs: 60_000 },
  );

beforeAll(async () => {
  home = await makeHome();
  nx = startNxServe(home, '--port=0', '--inspect');
  await nx.line((line) => line.includes('shop answering at'));
  await assertEventually(
    'all hosts are named',
    async () => {
      expect(Object.keys(await hostPids(home)).sort()).toEqual(HOSTS);
      await rowOf(home, 'storefront');
    },
    { withinMs: 60_000 },
  );
  run = await runFile();
  load = await startLoad({ edgeUrl: run.edgeUrl, home }, builtFile('load'));
  await load.served(60);
});

afterAll(() =>
  dispose(home, async () => {
    await load?.kill();
    nx?.interrupt();
    await nx?.ended;
  }),
);

test('one command brings up every process, and the run file names them for nobody else to read', async () => {
  const apps = run.processes.map(({ app }) => app).sort();
  expect(apps).toEqual(
    [bundle, ...modules, 'acquirer', 'postgres', 'stack', 'storefront', 'switcher'].sort(),
  );
  expect((await stat(runFilePath(home))).mode & 0o777).toBe(0o600);
});

test('the page comes from its sources, and the edge answers it', async () => {
  const line = await nx.line((one) => one.includes('storefront from its sources'));
  const [page = ''] = /http:\S+/.exec(line) ?? [];
  expect(await (await fetch(`${page}/src/main.tsx`)).text()).toContain('app.tsx');
  expect((await fetch(`${page}/api/products?limit=1`)).status).toBe(200);
});

test('a second start in the same folder is refused in one line', async () => {
  const { code, err } = await startServe(home, 'tools/stack', '--port=0').ended;
  expect(code).toBe(1);
  expect(err).toMatch(/^atlas: a stack runs in \S+ already \(process \d+, http:\S+\); stop it.*\n$/);
});

test('the shape changes under load, and no process with it', async () => {
  const before = await hostPids(home);
  for (const mode of ['loose', 'tight', 'loose'] as const) {
    await new ControlClient({ ...run, home }).switchTo({ mode });
    await load.served(60);
  }
  expect(load.failures).toEqual([]);
  expect(await hostPids(home)).toEqual(before);
});

test('a switch that needs a host that does not run is aborted, and says what to start', async () => {
  const { code, out, err } = await ctl(home, 'switch', 'loose', '--bundles', '2', '--wait');
  expect(code).toBe(4);
  expect(out + err).toContain('shop-1 cannot be started');
  expect(out + err).toContain('npx nx serve shop');
});

test('a debugger can attach to what is served', async () => {
  // Each process tells of itself as it starts: the first to do so has not been replaced yet.
  const line = await nx.line((one) => one.includes('Debugger listening on'));
  const [, address = ''] = /ws:\/\/([^/]+)\//.exec(line) ?? [];
  const [target] = (await (await fetch(`http://${address}/json/list`)).json()) as { url: string }[];
  expect(target?.url).toMatch(/\/serve\/[a-z]+(-0)?\/main\.mjs$/);
});

test('a killed service comes back, and the standby answers meanwhile, calls in flight at the kill included', async () => {
  const before = await rowOf(home, 'catalog-0'); // the one with most calls in flight
  await kill(before);
  await replaced(before);
  await load.served(60);
  expect(load.failures).toEqual([]);
});

test.for([
  ['cart-0', 'apps/cart/src/app.config.ts'],
  ['shop-0', 'apps/shop/src/shop-edge.ts'],
] as const)('%s restarts when %s is saved, and no request fails', async ([instance, source]) => {
  const before = await rowOf(home, instance);
  const others = Object.entries(await hostPids(home)).filter(([name]) => name !== instance);
  await saveAgain(source);
  await replaced(before);
  await load.served(60);
  expect(load.failures).toEqual([]);
  expect(Object.entries(await hostPids(home)).filter(([name]) => name !== instance)).toEqual(others);
});

test('Ctrl-C ends everything, and nothing stays behind', async () => {
  const rows = (await runFile()).processes;
  const summary = await load.stop();
  expect(summary.orders.paid).toBeGreaterThan(0);
  expect(summary.orders.unsettled).toBe(0);
  nx.interrupt();
  await nx.ended;
  await assertNothingLeft(home, rows);
  expect(await readRunFile(home)).toBeUndefined();
});
