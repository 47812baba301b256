/** What happens in one simulated life of a shop, as data: drawn from a seed, minimised, saved and replayed. */
import {
  FAULT_POINTS,
  HUNG_POINTS,
  KEEP_WARM_POINTS,
  REVERT_POINTS,
  TRIAL_POINTS,
} from '@atlas/switcher-app/fault-points';
import { Dice } from './dice.ts';
import { STORE_POINTS_OF_SWITCHER } from './store-link.ts';

export interface Proposal {
  /** Virtual ms since the shop was first open; so are all moments here. */
  readonly at: number;
  readonly kind: 'switch' | 'rollback';
  /** Modules that become services; the others go to the bundle. */
  readonly services: readonly string[];
  readonly instances: Readonly<Record<string, number>>;
  readonly source: 'emergency' | 'operator' | 'brain';
  /** The operator asks for its abort so long after, ms; null: never. */
  readonly abortAfter: number | null;
}

/** Hosts are started ahead of a switch that may never come; bundles in reserve among them. */
export interface Warming {
  readonly at: number;
  readonly services: readonly string[];
  readonly instances: Readonly<Record<string, number>>;
}

/** `point` faults strike at the n-th passage of a named fault point; `who` picks among those that live. */
export type Fault =
  | {
      readonly kind: 'switcher-at-point';
      readonly point: string;
      readonly nth: number;
      readonly then: 'crash' | 'freeze';
      /** Until its restart or thaw, ms. */
      readonly forMs: number;
    }
  | {
      readonly kind: 'host-at-point';
      readonly point: string;
      readonly nth: number;
      readonly then: 'crash' | 'freeze';
      readonly forMs: number;
    }
  | { readonly kind: 'crash-host'; readonly at: number; readonly who: number }
  /** A person ends it in order, whoever needs it: `kill -INT`. */
  | { readonly kind: 'leave-host'; readonly at: number; readonly who: number }
  | { readonly kind: 'freeze-host'; readonly at: number; readonly who: number; readonly forMs: number }
  | {
      readonly kind: 'crash-switcher' | 'freeze-switcher';
      readonly at: number;
      readonly who: number;
      readonly forMs: number;
    }
  /** No store call of these goes through: the request is lost, or only its answer. */
  | {
      readonly kind: 'cut-store';
      readonly at: number;
      readonly whom: 'all' | 'hosts' | 'switchers' | 'one-host' | 'one-switcher';
      readonly who: number;
      readonly lost: 'request' | 'answer';
      readonly forMs: number;
    }
  /** The n-th write of this kind that any switcher makes gets no answer, and takes effect so much later, ms. */
  | { readonly kind: 'late-write'; readonly call: string; readonly nth: number; readonly lateMs: number }
  /** Nobody reaches this host, and it reaches nobody, over RPC. */
  | { readonly kind: 'cut-rpc'; readonly at: number; readonly who: number; readonly forMs: number }
  /** The next host that is spawned after this never becomes ready. */
  | { readonly kind: 'hang-start'; readonly at: number };

/** From then on services of this module answer so large a share of their calls with an error: a trial is to take them back. */
export interface Defect {
  readonly at: number;
  readonly module: (typeof MODULES)[number];
  readonly share: number;
}

/** How the network is: `calm` answers at once, `jitter` within 20 ms in any order; `slow`: hosts are up to 150 ms away. */
export type Weather = 'calm' | 'jitter' | 'slow';

export interface Schedule {
  readonly seed: number;
  readonly weather: Weather;
  /** Shares of notifications that are lost and doubled. */
  readonly hints: { readonly lost: number; readonly doubled: number };
  readonly switches: readonly Proposal[];
  /** Absent: none. */
  readonly warmings?: readonly Warming[];
  readonly roots: number;
  readonly faults: readonly Fault[];
  /** Absent: none. */
  readonly defect?: Defect;
  /** When roots and switches are over, virtual ms. */
  readonly spanMs: number;
  /** Longest trial of a layout, ms; undefined: as in the product. */
  readonly trialMostMs?: number;
}

export const MODULES = ['cart', 'payment'] as const;
/** A schedule has at least so many of each. */
export const LEAST_SWITCHES = 3;
export const LEAST_ROOTS = 30;

/** Share of lives with trials as in the product; the others have short ones, ms at most. */
const LONG_TRIALS = 0.1;
const SHORT_TRIAL_MS = 800;

const POINTS_OF_SWITCHER = [
  ...['switch.plan.before', 'switch.plan.after', 'switch.prepare.propose.before'],
  ...['switch.prepare.propose.after', 'switch.prepare.start.before', 'switch.prepare.start.after'],
  ...['switch.prepare.entered', 'switch.prepare.acked', 'switch.commit.before', 'switch.commit.after'],
  ...['switch.withdraw.before', 'switch.withdraw.after', 'switch.aborting', 'switch.committed'],
  ...['switch.routed', 'switch.drain', 'switch.drain.before', 'switch.drain.after', 'switch.retire'],
  ...['switch.retire.before', 'switch.retire.after', 'engine.persist.before', 'engine.persist.after'],
  ...['driver.record', 'driver.spawn', 'driver.spawned', 'driver.stop', 'driver.adopt'],
  ...['store.commit', 'store.commit.done', 'store.propose.done', 'store.saveSwitch.done'],
  ...[
    'store.recordHost.done',
    'store.recordExit.done',
    'store.acquireLeadership.done',
    'store.readState.done',
  ],
];
const POINTS_OF_HOST = [
  'store.readState',
  'store.readState.done',
  'store.renewLease',
  'store.renewLease.done',
  'store.readLayout.done',
  'store.releaseLease',
];
const WRITES = [
  ...['propose', 'commit', 'commit', 'commit', 'withdraw'],
  ...['markDrained', 'saveSwitch', 'recordHost', 'recordExit'],
];

function drawFault(dice: Dice, spanMs: number): Fault {
  const at = dice.whole(300, spanMs);
  const who = dice.whole(0, 99);
  const long = (): number =>
    dice.weighted([
      [3, dice.whole(50, 900)],
      [2, dice.whole(1_000, 4_500)],
    ]);
  const then = dice.weighted([
    [3, 'crash' as const],
    [2, 'freeze' as const],
  ]);
  return dice.weighted<() => Fault>([
    [
      6,
      () => ({
        kind: 'switcher-at-point',
        point: dice.pick(POINTS_OF_SWITCHER),
        nth: dice.whole(1, 6),
        then,
        forMs: long(),
      }),
    ],
    [
      2,
      () => ({
        kind: 'host-at-point',
        point: dice.pick(POINTS_OF_HOST),
        nth: dice.whole(1, 60),
        then,
        forMs: long(),
      }),
    ],
    [3, () => ({ kind: 'crash-host', at, who })],
    [2, () => ({ kind: 'leave-host', at, who })],
    [3, () => ({ kind: 'freeze-host', at, who, forMs: long() })],
    [1, () => ({ kind: 'crash-switcher', at, who, forMs: long() })],
    [1, () => ({ kind: 'freeze-switcher', at, who, forMs: long() })],
    [
      3,
      () => ({
        kind: 'cut-store',
        at,
        who,
        forMs: long(),
        whom: dice.pick(['all', 'hosts', 'switchers', 'one-host', 'one-switcher'] as const),
        lost: dice.pick(['request', 'answer'] as const),
      }),
    ],
    [
      4,
      () => ({
        ...{ kind: 'late-write', call: dice.pick(WRITES), nth: dice.whole(1, 4) },
        lateMs: dice.weighted([
          [1, 0],
          [1, dice.whole(1, 300)],
          [1, dice.whole(300, 2_000)],
        ]),
      }),
    ],
    [3, () => ({ kind: 'cut-rpc', at, who, forMs: long() })],
    [0.1, () => ({ kind: 'hang-start', at })],
  ])();
}

function drawProposal(dice: Dice, at: number): Proposal {
  const services = MODULES.filter(() => dice.chance(0.5));
  const bundle = dice.weighted([
    [3, 1],
    [1, 2],
  ]);
  const cart = services.includes('cart') && dice.chance(0.2) ? { cart: 2 } : {};
  return {
    at,
    kind: dice.chance(0.1) ? 'rollback' : 'switch',
    services,
    instances: { bundle, ...cart },
    source: dice.weighted([
      [6, 'operator' as const],
      [1, 'emergency' as const],
      [1, 'brain' as const],
    ]),
    abortAfter: dice.chance(0.2) ? dice.whole(0, 600) : null,
  };
}

/** The product's trials last 5 s at least: in most lives one would fill the rest, with nothing else going on. */
const drawTrial = (dice: Dice): Pick<Schedule, 'trialMostMs'> =>
  dice.chance(LONG_TRIALS) ? {} : { trialMostMs: dice.whole(0, SHORT_TRIAL_MS) };

/** Share of lives in which a host hangs for good: longer than anybody waits for rest, so its end alone brings it, ms. */
const HANGS = 0.01;
const FOR_GOOD_MS = 600_000;

/** From a stream of its own, as warmings are: what the seeds drew before stays. */
function drawHang(seed: number, spanMs: number): Fault[] {
  const dice = new Dice(seed, 'hang');
  if (!dice.chance(HANGS)) return [];
  return [{ kind: 'freeze-host', at: dice.whole(300, spanMs), who: dice.whole(0, 99), forMs: FOR_GOOD_MS }];
}

/** From a stream of its own. */
function drawWarmings(seed: number, spanMs: number): Warming[] {
  const dice = new Dice(seed, 'warmings');
  const count = dice.weighted([
    [4, 0],
    [4, 1],
    [2, 2],
  ]);
  return Array.from({ length: count }, () => ({
    at: dice.whole(100, spanMs),
    services: MODULES.filter(() => dice.chance(0.3)),
    instances: { bundle: dice.whole(1, 2) },
  }));
}

/** Shares of lives in which one fault more strikes at any point of the switcher, and that meet a broken service. */
const ANY_POINT = 0.2;
const DEFECTS = 0.15;
/** Of the latter share, those in which somebody dies or freezes over the trial, too. */
const AT_TRIAL = 0.5;
/** A trial is to see enough calls to judge by. */
const JUDGED_MS = [800, 5_000] as const;
const MORE_ROOTS = 20;

/** Every point of the switch protocol and of the switcher's calls of the store. */
const ANY_OF_SWITCHER = [
  ...[...FAULT_POINTS, ...HUNG_POINTS, ...KEEP_WARM_POINTS, ...REVERT_POINTS],
  ...STORE_POINTS_OF_SWITCHER,
];
const OF_TRIAL = [...TRIAL_POINTS, ...REVERT_POINTS, 'store.endTrial', 'store.endTrial.done'];

const atPoint = (dice: Dice, points: readonly string[], nth: number): Fault => ({
  kind: 'switcher-at-point',
  point: dice.pick(points),
  nth,
  then: dice.pick(['crash', 'freeze'] as const),
  forMs: dice.whole(50, 4_500),
});

/** From a stream of its own. */
function drawAnyPoint(seed: number): Fault[] {
  const dice = new Dice(seed, 'any point');
  return dice.chance(ANY_POINT) ? [atPoint(dice, ANY_OF_SWITCHER, dice.whole(1, 3))] : [];
}

/** From a stream of its own: a service that is broken, a trial long enough, roots enough, and often a fault at its end. */
function withDefect(schedule: Schedule): Schedule {
  const dice = new Dice(schedule.seed, 'defect');
  if (!dice.chance(DEFECTS)) return schedule;
  const defect = {
    at: dice.whole(0, schedule.spanMs),
    module: dice.pick(MODULES),
    share: dice.pick([0.5, 1]),
  };
  return {
    ...schedule,
    defect,
    trialMostMs: dice.whole(...JUDGED_MS),
    roots: schedule.roots + MORE_ROOTS,
    faults: [...schedule.faults, ...(dice.chance(AT_TRIAL) ? [atPoint(dice, OF_TRIAL, 1)] : [])],
  };
}

/** The same seed, the same schedule. */
export function drawSchedule(seed: number): Schedule {
  const dice = new Dice(seed, 'schedule');
  const count = dice.whole(LEAST_SWITCHES, LEAST_SWITCHES + 2);
  const spanMs = dice.whole(1_500, 3_500);
  const times = Array.from({ length: count }, () => dice.whole(100, spanMs)).sort((a, b) => a - b);
  return withDefect({
    seed,
    weather: dice.weighted([
      [6, 'calm' as const],
      [3, 'jitter' as const],
      [1, 'slow' as const],
    ]),
    hints: { lost: dice.pick([0, 0.5, 0.9, 1]), doubled: dice.pick([0, 0, 0.2]) },
    switches: times.map((at) => drawProposal(dice, at)),
    warmings: drawWarmings(seed, spanMs),
    roots: dice.whole(LEAST_ROOTS, LEAST_ROOTS + 10),
    faults: [
      ...Array.from({ length: dice.whole(1, 4) }, () => drawFault(dice, spanMs)),
      ...drawHang(seed, spanMs),
      ...drawAnyPoint(seed),
    ],
    spanMs,
    ...drawTrial(new Dice(seed, 'trial')),
  });
}
