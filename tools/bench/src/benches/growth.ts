/** What grows with the shop: more modules, more bundles, more leases. */
import type { SwitchView, Target } from '@atlas/stack';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, BenchContext, RowSpec } from '../bench.ts';
import { withPostgres, withSwitcher } from '../control-plane.ts';
import type { GrowthScene } from '../parties/growth-hosts.ts';
import { withParties } from '../party.ts';
import { awaited, drained, moveTo } from '../shop-run.ts';
import { median } from '../statistics.ts';

type Size = Omit<GrowthScene, 'storeUrl' | 'services'>;

/** Modules that each switch moves, however many there are. */
const MOVED = 4;
const SCENES = {
  modules4: { modules: 4, bundles: 2, leases: 0 },
  modules30: { modules: 30, bundles: 2, leases: 0 },
  modules300: { modules: 300, bundles: 2, leases: 0 },
  bundles20: { modules: 4, bundles: 20, leases: 0 },
  leases1000: { modules: 4, bundles: 2, leases: 1_000 },
} as const satisfies Record<string, Size>;
type Scene = keyof typeof SCENES;
const NAMES = Object.keys(SCENES) as Scene[];
const BY_MODULES = ['modules4', 'modules30', 'modules300'] as const satisfies readonly Scene[];

const SWITCHES_PER_ROUND = 4;
const REST_MS = 400;
const CALLS_MS = 400;

interface Findings {
  readonly routedMs: readonly number[];
  readonly drainMs: readonly number[];
  readonly callNs: readonly number[];
  readonly memoryMb: number;
}

const title = ({ modules, bundles, leases }: Size): string =>
  `${modules} modules, ${bundles} bundles${leases > 0 ? `, ${leases.toLocaleString('en')} further leases` : ''}`;

async function measure(context: BenchContext, size: Size, postgresUrl: string): Promise<Findings> {
  const { rounds, signal } = context;
  const modules = Array.from({ length: size.modules }, (_, index) => `m${index}`);
  const module = new URL('../parties/growth-hosts.ts', import.meta.url);
  return withSwitcher(context, { postgresUrl, modules }, ({ storeUrl, control }) =>
    withParties([{ module, core: 1, nodeOptions: ['--expose-gc'] }], async (hosts) => {
      if (!hosts) throw new Error('there are no hosts');
      const scene: GrowthScene = { ...size, storeUrl, services: MOVED };
      await hosts.ask('start', scene);
      const instances = { bundle: size.bundles };
      const apart = Object.fromEntries(modules.slice(0, MOVED).map((name) => [name, 'service']));
      const targets: readonly Target[] = [
        { mode: 'tight', instances },
        { placements: apart, instances },
      ];
      const views: SwitchView[] = [];
      const callNs: number[] = [];
      const inForce = async (): Promise<boolean> =>
        (await control.status().catch(() => ({ epoch: 0 }))).epoch > 0;
      await awaited('the first layout is in force', inForce, signal);
      for (let i = 1; i <= rounds * SWITCHES_PER_ROUND; i += 1) {
        views.push(await moveTo(control, targets[i % 2] ?? {}, 'routed', signal));
        if (i % SWITCHES_PER_ROUND === 0) callNs.push(await hosts.ask('callNs', { forMs: CALLS_MS }));
        await wait(REST_MS, undefined, { signal });
      }
      const ended = await drained(control, views, signal);
      return {
        routedMs: ended.flatMap(({ routedMs }) => routedMs ?? []),
        drainMs: ended.flatMap(({ drainMs }) => drainMs ?? []),
        callNs,
        memoryMb: await hosts.ask('memoryMb'),
      };
    }),
  );
}

const rowsOf = (name: Scene): RowSpec[] => [
  {
    name: `growth.${name}.routedMs`,
    unit: 'ms',
    about: `Decision until routed in the middle, ${MOVED} modules moved, hosts there: ${title(SCENES[name])}.`,
  },
  {
    name: `growth.${name}.drainMs`,
    unit: 'ms',
    about: `Commit until drained in the middle, roots of 8 ms: ${title(SCENES[name])}.`,
  },
  {
    name: `growth.${name}.memoryMb`,
    unit: 'MB',
    about: `Memory of one process that is all of these hosts: ${title(SCENES[name])}.`,
  },
];

export const growth: Bench = {
  name: 'growth',
  about: 'switches, drains, memory and calls with more modules, bundles and leases',
  needsStack: true,
  rows: [
    ...NAMES.flatMap(rowsOf),
    ...BY_MODULES.map((name) => ({
      name: `growth.${name}.callNs`,
      unit: 'ns',
      about: `One tight call in a bundle in the fastest round: ${title(SCENES[name])}.`,
    })),
    {
      name: 'growth.callsVsModules',
      unit: '×',
      goal: { atMost: 1.3 },
      about: 'Time of a tight call with 300 modules over that with 30: no work for each module.',
    },
  ],
  async run(context) {
    const found = {} as Record<Scene, Findings>;
    await withPostgres(context, async (postgresUrl) => {
      for (const name of NAMES) {
        context.say(title(SCENES[name]));
        found[name] = await measure(context, SCENES[name], postgresUrl);
      }
    });
    // Sizes are measured one after another, so the fastest round says most: whatever else runs only adds. Of 4 modules
    // all have just moved: their calls are on trial and each is counted, which those of 30 and 300 are not.
    const fastest = (name: Scene): number => Math.min(...found[name].callNs);
    const values = NAMES.flatMap((name) => [
      [`growth.${name}.routedMs`, median(found[name].routedMs)],
      [`growth.${name}.drainMs`, median(found[name].drainMs)],
      [`growth.${name}.memoryMb`, found[name].memoryMb],
    ]);
    const samples = NAMES.flatMap((name) => [
      [`${name}, decision to routed, ms`, found[name].routedMs],
      [`${name}, commit to drained, ms`, found[name].drainMs],
      [`${name}, ns/call`, found[name].callNs],
    ]);
    return {
      values: {
        ...(Object.fromEntries(values) as Record<string, number>),
        ...Object.fromEntries(BY_MODULES.map((name) => [`growth.${name}.callNs`, fastest(name)])),
        'growth.callsVsModules': fastest('modules300') / fastest('modules30'),
      },
      samples: Object.fromEntries(samples) as Record<string, readonly number[]>,
    };
  },
};
