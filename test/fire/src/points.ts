/**
 * The registry of the matrix: every named fault point of the code, who passes it, and what has to be done for that. A test
 * holds it against the sources: a point that is missing here, or that no line of code passes, fails it.
 */
import { FAULT_POINTS, HUNG_POINTS, KEEP_WARM_POINTS, REVERT_POINTS } from '@atlas/switcher-app/fault-points';

/**
 * What makes a participant pass a point.
 *
 * `switch`: any switch. `trial`: one that moves a module. `widen`, `narrow`: one that starts or ends hosts. `abort`: one
 * that is aborted in prepare. `takeover`: the leader is killed and the next one begins. `load`: requests, at any time.
 * `start`, `leave`: the participant itself starts, or ends in order. `hang`: a host that hangs in its start. `ask`: an
 * operator's question. `prewarm`: a bundle in reserve is to stay longer. `open`: a switch that counts on one in reserve.
 * `revert`: a switch whose trial is failed.
 */
export type Cause =
  | 'switch'
  | 'trial'
  | 'widen'
  | 'narrow'
  | 'abort'
  | 'takeover'
  | 'load'
  | 'start'
  | 'leave'
  | 'hang'
  | 'ask'
  | 'prewarm'
  | 'open'
  | 'revert';

export interface Point {
  readonly name: string;
  readonly cause: Cause;
  /** Instances that pass it themselves. */
  readonly passers: readonly string[];
  /** A step of the switch protocol: a moment at which others are struck, too. */
  readonly moment?: true;
}

export const BUNDLES = ['shop-0', 'shop-1'] as const;
export const SERVICES = ['catalog-0', 'cart-0', 'payment-0', 'shipping-0'] as const;
export const HOSTS: readonly string[] = [...BUNDLES, ...SERVICES];

const both = (names: readonly string[], suffixes: readonly [string, string]): string[] =>
  names.flatMap((name) => suffixes.map((suffix) => name + suffix));

/** `store.<method>` and `store.<method>.done`. */
const calls = (...methods: string[]): string[] =>
  both(
    methods.map((name) => `store.${name}`),
    ['', '.done'],
  );

const points = (names: readonly string[], cause: Cause, passers: readonly string[]): Point[] =>
  names.map((name) => ({ name, cause, passers }));

/** The first that fits a step of the switcher counts; any switch passes the others. */
const CAUSES: readonly (readonly [steps: RegExp, cause: Cause])[] = [
  [/adopt/, 'takeover'],
  [/withdraw|aborting/, 'abort'],
  [/keep/, 'prewarm'],
  [/open/, 'open'],
  [/revert/, 'revert'],
  [/^switch\.routed$|trial\.end|end-trial/, 'trial'],
  [/start|driver\.(record|spawn)/, 'widen'],
  [/stop|retire\.(before|after)/, 'narrow'],
];

const causeOfStep = (name: string): Cause =>
  HUNG_POINTS.includes(name) ? 'hang' : (CAUSES.find(([steps]) => steps.test(name))?.[1] ?? 'switch');

const STEPS = [...FAULT_POINTS, ...HUNG_POINTS, ...KEEP_WARM_POINTS, ...REVERT_POINTS];
const ofSwitcher: Point[] = STEPS.map((name) => {
  const point = { name, cause: causeOfStep(name), passers: ['switcher'] };
  return name.startsWith('switch.') ? { ...point, moment: true } : point;
});

const SAGA = [
  'order',
  'reserve',
  'charge',
  'void',
  'release',
  'charging',
  'voiding',
  'releasing',
  'paid',
  'cancelled',
];

export const POINTS: readonly Point[] = [
  ...ofSwitcher,
  // The coupling store, as the switcher calls it.
  ...points(
    calls('readState', 'propose', 'commit', 'markDrained', 'saveSwitch', 'acquireLeadership'),
    'switch',
    ['switcher'],
  ),
  ...points(calls('readTallies', 'endTrial'), 'trial', ['switcher']),
  ...points(calls('recordHost'), 'widen', ['switcher']),
  ...points(calls('recordExit', 'forgetHost'), 'narrow', ['switcher']),
  ...points(calls('withdraw'), 'abort', ['switcher']),
  ...points(calls('listHosts', 'readAutonomy', 'readLayout'), 'takeover', ['switcher']),
  ...points(calls('readSwitch', 'listSwitches', 'readAudit'), 'ask', ['switcher']),
  ...points(calls('fence'), 'hang', ['switcher']),
  // The coupling store, as hosts call it.
  ...points(calls('readState', 'renewLease'), 'load', HOSTS),
  ...points(calls('readLayout'), 'start', ['shop-1', ...SERVICES]),
  ...points(calls('releaseLease'), 'leave', ['shop-1', ...SERVICES]),
  ...points(calls('acquireLock'), 'load', BUNDLES),
  ...points(calls('reportTally'), 'trial', ['shop-0']),
  // Calls between hosts.
  ...points(['link.read', 'link.write'], 'load', ['shop-0', ...SERVICES]),
  ...points(['link.connect', 'link.hello'], 'start', SERVICES),
  // Business.
  ...points(both(['database.commit'], ['.before', '.after']), 'load', [
    ...['shop-0', 'catalog-0', 'cart-0', 'shipping-0'],
  ]),
  // The payment module writes with single statements: its service commits only when it makes sure of its schema.
  ...points(both(['database.commit'], ['.before', '.after']), 'start', ['payment-0']),
  ...points(['event-log.append'], 'load', ['shop-0', 'cart-0']),
  ...points(['event-log.pending', 'event-log.done'], 'load', ['shop-0']),
  ...points(
    both(
      SAGA.map((name) => `saga.${name}`),
      ['.before', '.after'],
    ),
    'load',
    ['shop-0', 'cart-0'],
  ),
  ...points(both(['payment.bank'], ['.before', '.after']), 'load', ['shop-0', 'payment-0']),
  ...points(both(['acquirer.charge'], ['.before', '.after']), 'load', ['acquirer']),
];

/** Points that the matrix does not reach, with the reason. */
export const OUT_OF_REACH: Readonly<Record<string, string>> = {
  'store.recordDeadLetter':
    'needs work that crashes two hosts by itself; the retry rules have their own tests',
  'store.recordDeadLetter.done': 'as `store.recordDeadLetter`',
  'store.appendAudit':
    'what the log says of a switch is written with its state; alone only a refusal, a level, a freeze or a wish is',
  'store.appendAudit.done': 'as `store.appendAudit`',
  'store.saveAutonomy':
    'needs a level, a freeze or a wish that waits, which no change of shape writes; the protocol’s property test does',
  'store.saveAutonomy.done': 'as `store.saveAutonomy`',
  'serve.module.operation':
    'one for each operation of each contract: the tests of the trial break and slow these',
};
