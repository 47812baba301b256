/** The command line as people and scripts use it: every command and every exit code, against a running shop. */
import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import { beforeAll, describe, expect, test } from 'vitest';
import { ctl, SHIM, startCtl } from './src/command-line.ts';
import { assertEventually, makeHome, removeHome, shopOfFile, type SwitchView } from './src/index.ts';

// A host that takes long to hold a lease: a switch that needs it stays before its commit until it is aborted.
const shop = shopOfFile(() => ({
  faults: 'store.renewLease@shipping-0=delay:15000',
  trialMostMs: 0, // trials are not the subject here: each would last 5 s
}));

// The edge answers before its switcher has heard that it does.
beforeAll(() =>
  assertEventually('the shop is ready by the word of its switcher', async () =>
    expect((await shop().control.status()).hosts).toMatchObject([{ health: 'ready' }]),
  ),
);

const run = (...args: readonly string[]) => ctl(shop().home, ...args);

/** Standard output of a command that must succeed, as JSON. */
async function json<T>(...args: readonly string[]): Promise<T> {
  const said = await run(...args, '--json');
  expect(said).toMatchObject({ code: 0, err: '' });
  return JSON.parse(said.out) as T;
}

describe('looking', () => {
  test('status shows the layout and every host', async () => {
    const said = await run('status');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain('tight (epoch 1) · 1 bundle');
    expect(said.out).toMatch(/shop-0 +\d+ +ready/);
    expect(await json('status')).toMatchObject({ mode: 'tight', epoch: 1, leader: { leads: true } });
  });

  test('the shim that npx starts says the same', async () => {
    const said = await startCtl(shop().home, ['status', '--json'], SHIM()).ended;
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(said.out)).toMatchObject({ mode: 'tight' });
  });

  test('doctor finds nothing wrong', async () => {
    const checks = await json<{ ok: boolean; name: string }[]>('doctor');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['store', 'audit chain', 'run.json']),
    );
    expect((await run('doctor')).out).toContain('✓');
  });

  test('logs are told by process, last lines first asked for', async () => {
    const said = await run('logs', 'shop-0', '--lines', '3', '--json');
    expect(said.code).toBe(0);
    const lines = said.out.trim().split('\n');
    expect(lines.length).toBeLessThanOrEqual(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ instance: 'shop-0' });
    const unknown = await run('logs', 'shop-9');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('shop-0');
  });

  test('help is no error', async () => {
    const said = await run('--help');
    expect(said.code).toBe(0);
    for (const command of ['status', 'switch', 'history', 'abort', 'rollback', 'watch', 'logs', 'doctor']) {
      expect(said.out).toContain(command);
    }
  });
});

describe('changing the shape', () => {
  test('a dry run says what would happen and changes nothing', async () => {
    const plan = await json<{ dryRun: boolean; moves: { module: string }[] }>('switch', 'loose', '--dry-run');
    const { modules } = await readManifest(repositoryRoot());
    expect(plan.moves.map(({ module }) => module).sort()).toEqual([...modules].sort());
    expect((await run('switch', 'loose', '--dry-run')).out).toContain('would become loose');
    expect(await json('status')).toMatchObject({ mode: 'tight', epoch: 1 });
    expect(await json('history')).toHaveLength(await startsOf());
  });

  test('switch --wait returns when the new layout is routed and the old one drained', async () => {
    const said = await json<SwitchView>('switch', 'hybrid', '--wait', '--reason', 'a busy evening');
    expect(said).toMatchObject({ outcome: 'committed', to: 'hybrid', toPlacements: { cart: 'service' } });
    expect(said.drainMs).toBeGreaterThanOrEqual(0);
    expect(await json('status')).toMatchObject({ mode: 'hybrid', epoch: said.epoch });
    const [newest] = await json<(SwitchView & { reason: string })[]>('history', '--limit', '1');
    expect(newest).toMatchObject({ id: said.id, outcome: 'committed', reason: 'a busy evening' });
    expect((await run('history')).out).toContain('a busy evening');
  });

  test('what is in force already is done at once, in the same epoch', async () => {
    const { epoch } = await shop().control.layout();
    expect(await json('switch', 'hybrid')).toMatchObject({ outcome: 'unchanged' });
    expect((await shop().control.layout()).epoch).toBe(epoch);
  });

  test('modules and number of bundles are chosen by name', async () => {
    const said = await json<SwitchView>(
      'switch',
      'hybrid',
      '--extract',
      'catalog',
      '--bundles',
      '2',
      '--wait',
    );
    expect(said).toMatchObject({
      outcome: 'committed',
      toPlacements: { catalog: 'service', cart: 'bundle' },
    });
    expect((await run('status')).out).toContain('2 bundles · services: catalog×1');
  });

  test('rollback brings the last stable layout back', async () => {
    const said = await run('rollback', '--wait', '--reason', 'enough');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(await shop().control.layout()).toMatchObject({
      ...{ mode: 'hybrid', placements: { cart: 'service', payment: 'service', catalog: 'bundle' } },
    });
  });

  test('watch tells of a switch as it happens, and ends at Ctrl-C', async () => {
    const watching = startCtl(shop().home, ['watch', '--json']);
    const words = startCtl(shop().home, ['watch']);
    await Promise.all([
      watching.line((line) => line.includes('"status"')),
      words.line((line) => line.includes('watching')),
    ]);
    const said = await json<SwitchView>('switch', 'tight', '--wait');
    const event = await watching.line((line) => line.includes('"layout"') && line.includes('tight'));
    expect(JSON.parse(event)).toMatchObject({ event: 'layout', data: { epoch: said.epoch } });
    await words.line((line) => line.includes(`layout tight is in force (epoch ${said.epoch})`));
    for (const one of [watching, words]) {
      one.interrupt();
      expect(await one.ended).toMatchObject({ code: 0, err: '' });
    }
  });
});

describe('exit codes', () => {
  test.for([
    [['switch', 'sideways'], 'tight, loose, hybrid'],
    [['switch', 'tight', '--bundles', '0'], 'not a number from 1 to 16'],
    [['switch', 'tight', '--extract', 'cart'], '--extract goes with hybrid only'],
    [['switch', 'hybrid', '--extract', 'nonsense'], 'nonsense'],
    [['fly'], 'unknown command'],
    [['abort'], 'missing required argument'],
    [['status', '--colour'], 'unknown option'],
  ] as const)('2 for wrong usage: %s', async ([args, why]) => {
    const said = await run(...args);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain(why);
  });

  test('1 for a switch that nobody knows', async () => {
    const said = await run('abort', 'no-such-switch');
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toContain('not_found');
  });

  test('3 for what policy refuses, before and in earnest', async () => {
    const dry = await run('switch', 'tight', '--bundles', '16', '--dry-run');
    expect(dry.code).toBe(3);
    expect(dry.out).toContain('refused:');
    const said = await run('switch', 'tight', '--bundles', '16', '--json');
    expect(said.code).toBe(3);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'refused_by_policy' } });
  });

  test('3 for an abort after the commit, with the way back', async () => {
    const [newest] = await json<SwitchView[]>('history', '--limit', '1');
    const said = await run('abort', newest?.id ?? '');
    expect(said).toMatchObject({ code: 3, out: '' });
    expect(said.err).toContain('rollback');
  });

  test('4 for who waited for a switch that was aborted; 6 for who came meanwhile; 0 for who aborted', async () => {
    const { epoch } = await shop().control.layout();
    const waiting = startCtl(shop().home, ['switch', 'hybrid', '--extract', 'shipping', '--wait', '--json']);
    const open = await assertEventually('the switch is being prepared', async () => {
      const [first] = await json<SwitchView[]>('history', '--limit', '1');
      expect(first).toMatchObject({ outcome: null, toPlacements: { shipping: 'service' } });
      return first;
    });
    const busy = await run('switch', 'loose');
    expect(busy).toMatchObject({ code: 6, out: '' });
    expect(busy.err).toContain('switch_in_progress');
    const aborted = await json<SwitchView>('abort', open?.id ?? '', '--reason', 'not now');
    expect(aborted).toMatchObject({ outcome: 'aborted' });
    const said = await waiting.ended;
    expect(said.code).toBe(4);
    expect(JSON.parse(said.out)).toMatchObject({
      id: open?.id,
      outcome: 'aborted',
      abort: { detail: 'not now' },
    });
    expect((await shop().control.layout()).epoch).toBe(epoch);
  });
});

describe('when nothing runs', () => {
  test.for(['status', 'history', 'rollback', 'watch'])(
    '%s says so in one line, and how to start',
    async (command) => {
      const home = await makeHome();
      const said = await ctl(home, command);
      await removeHome(home);
      expect(said).toMatchObject({ code: 1, out: '' });
      expect(said.err).toBe(`atlasctl: nothing runs in ${home}; start it with \`npm start\`\n`);
    },
  );

  test('doctor says it too', async () => {
    const home = await makeHome();
    const said = await ctl(home, 'doctor');
    await removeHome(home);
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/✗ +stack +nothing runs/);
  });

  test('so it is after the shop has been stopped', async () => {
    await shop().end();
    expect(await run('status')).toMatchObject({ code: 1, out: '' });
  });
});

/** Rows of the history that the start itself makes. */
const startsOf = async (): Promise<number> =>
  (await shop().control.history()).filter(({ fromEpoch }) => fromEpoch === null || fromEpoch === 0).length;
