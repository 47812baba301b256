/**
 * One process's way to the coupling store: the real in-memory store behind a network that delays, reorders and loses.
 * Fault points are passed as in the real adapter: `store.<call>` before, `store.<call>.done` between effect and answer.
 */
import {
  StaleLeaderError,
  StoreUnavailableError,
  createMemoryStore,
  type ControlStore,
  type Lease,
} from '@atlas/control-store';
import type { Actor } from './clock.ts';
import type { Seen } from './oracle.ts';
import type { World } from './world.ts';

type Name = Exclude<keyof ControlStore, 'watch' | 'close'>;

const CALLS: readonly Name[] = [
  ...(['readState', 'readLayout', 'renewLease', 'releaseLease', 'acquireLock', 'recordDeadLetter'] as const),
  ...(['acquireLeadership', 'propose', 'withdraw', 'commit', 'markDrained', 'saveSwitch'] as const),
  ...(['readSwitch', 'listSwitches', 'recordHost', 'forgetHost', 'listHosts', 'recordExit'] as const),
  ...(['fence', 'appendAudit', 'readAudit', 'reportTally', 'readTallies', 'endTrial'] as const),
  ...(['saveAutonomy', 'readAutonomy'] as const),
];

/** Calls that no switcher makes. */
const OF_HOSTS: readonly Name[] = [
  'renewLease',
  'releaseLease',
  'acquireLock',
  'recordDeadLetter',
  'reportTally',
];

/** Fault points of a switcher's calls, before their effect and after it. */
export const STORE_POINTS_OF_SWITCHER = CALLS.filter((name) => !OF_HOSTS.includes(name)).flatMap((name) => [
  `store.${name}`,
  `store.${name}.done`,
]);

/** Names of fault points, made once: there are some 600 calls in a life. */
const POINTS = Object.fromEntries(
  CALLS.map((name) => [name, { before: `store.${name}`, done: `store.${name}.done` }]),
) as Record<Name, { readonly before: string; readonly done: string }>;

/** A call whose answer never comes is given up after so long, ms. */
const GIVEN_UP_MS = [5, 4_000] as const;

/** What is lost on the way of a call of this actor now. */
export type Loss = 'request' | 'answer' | undefined;

/** The real store over the world's shared truth. The audit's hash chain is left out: it costs and decides nothing. */
function rawStore(world: World): ControlStore {
  const store = createMemoryStore({ clock: () => Date.now(), state: world.store, faultPoints: false });
  let seq = 0;
  const raw: ControlStore = {
    ...store,
    appendAudit: async (token, body) => {
      if (token !== world.store.lastToken) throw new StaleLeaderError(token);
      seq += 1;
      return { seq, at: Date.now(), body, prevHash: '', hash: '' };
    },
    saveSwitch: (token, row, _audit, beside) => store.saveSwitch(token, row, [], beside),
  };
  return world.plant.store?.(raw, world.store) ?? raw;
}

/** @param pid what the host's lease says of its process; the real one would be this very process. */
export function storeLink(world: World, actor: Actor, pid?: number): ControlStore {
  const raw = rawStore(world);
  const call = (name: Name, args: unknown[]): Promise<unknown> => {
    const effect = (): Promise<unknown> => {
      const method = raw[name] as (...given: unknown[]) => Promise<unknown>;
      return method(...args).then((result) => {
        world.oracle.wrote(actor, name, args, result);
        return result;
      });
    };
    return travel({ world, actor, name, effect });
  };
  const read = (): Promise<unknown> => {
    let seen: Seen | undefined;
    const effect = (): Promise<unknown> =>
      raw.readState().then((state) => {
        seen = world.oracle.look();
        return state;
      });
    return travel({ world, actor, name: 'readState', effect }).then((state) => {
      if (seen) world.oracle.heard(actor, seen);
      return state;
    });
  };
  const link = Object.fromEntries(CALLS.map((name) => [name, (...args: unknown[]) => call(name, args)]));
  return {
    ...(link as unknown as ControlStore),
    readState: () => read() as ReturnType<ControlStore['readState']>,
    renewLease: (lease: Lease, known?: number) =>
      call('renewLease', [pid === undefined ? lease : { ...lease, pid }, known]) as ReturnType<
        ControlStore['renewLease']
      >,
    watch: (onHint) => raw.watch((hint) => hinted(world, actor, () => onHint(hint))),
    close: () => raw.close(),
  };
}

function hinted(world: World, actor: Actor, onHint: () => void): void {
  const { dice, schedule, clock, faults } = world;
  if (!actor.alive || faults.lossOf(actor) !== undefined || dice.chance(schedule.hints.lost)) return;
  clock.after(world.latency(actor), actor, onHint);
  if (dice.chance(schedule.hints.doubled))
    clock.after(world.latency(actor) + dice.whole(0, 300), actor, onHint);
}

interface Trip {
  readonly world: World;
  readonly actor: Actor;
  readonly name: Name;
  readonly effect: () => Promise<unknown>;
}

/** No `async` from here on: most of a life is store calls, and most of these come through at once. */
function travel(trip: Trip): Promise<unknown> {
  const before = trip.world.faults.passed(POINTS[trip.name].before);
  return before ? before.then(() => sent(trip)) : sent(trip);
}

function sent(trip: Trip): Promise<unknown> {
  const { world, actor, name, effect } = trip;
  const { clock, faults } = world;
  const loss = faults.lossOf(actor);
  if (loss === 'request') return unanswered(trip);
  const late = faults.latenessOf(name);
  if (late !== undefined) {
    clock.after(late, clock.world, () => void effect().catch(() => undefined));
    return unanswered(trip);
  }
  const there = world.latency(actor);
  const back = there > 0 ? arrived(world, there).then(() => returned(world, actor, effect)) : effect();
  if (loss === 'answer') return back.then(() => unanswered(trip));
  return back.then((result) => {
    const after = faults.passed(POINTS[name].done);
    return after ? after.then(() => result) : result;
  });
}

function unanswered({ world: { dice, clock }, name }: Trip): Promise<never> {
  const ms = dice.chance(0.9) ? GIVEN_UP_MS[0] : GIVEN_UP_MS[1];
  return clock.wait(ms).then(() => {
    throw new StoreUnavailableError(`${name}: no answer`);
  });
}

/** The request is on its way whatever becomes of its sender. */
function arrived(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => world.clock.after(ms, world.clock.world, resolve));
}

/** The answer meets its caller only if that still lives. */
function returned(world: World, actor: Actor, effect: () => Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const back = (settle: () => void): void => void world.clock.after(world.latency(actor), actor, settle);
    effect().then(
      (result) => back(() => resolve(result)),
      (error: unknown) => back(() => reject(error as Error)),
    );
  });
}
