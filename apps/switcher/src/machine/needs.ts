/** Which hosts layouts need, which are missing and which nobody needs any more. Layouts hold counts; names follow from them. */
import { BUNDLE, servicesOf, type Layout } from '@atlas/control-layout';
import type { Effect } from './effects.ts';
import { isLoading, isLive, isStaying, isUsable, type HostView, type Observation } from './observation.ts';
import type { Phase } from './state.ts';

/** App → number of instances. */
export type Needs = Readonly<Record<string, number>>;

export function needsOf(layout: Layout, bundle: string): Needs {
  const needs: Record<string, number> = { [bundle]: layout.instances[BUNDLE] ?? 1 };
  for (const module of servicesOf(layout)) needs[module] = layout.instances[module] ?? 1;
  return needs;
}

/** The most of each app that any of these needs. */
export function union(all: readonly Needs[]): Needs {
  const [only] = all;
  if (only && all.length === 1) return only;
  const most: Record<string, number> = {};
  for (const needs of all) {
    for (const [app, count] of Object.entries(needs)) most[app] = Math.max(most[app] ?? 0, count);
  }
  return most;
}

/** What a pre-warm wants beside what live layouts need (W1 of `prewarm.ts`). */
export function prewarmNeeds({
  prewarm,
  live,
  bundle,
}: Pick<Observation, 'prewarm' | 'live' | 'bundle'>): Needs {
  if (prewarm === null) return {};
  const serving = union(live.map(({ layout }) => needsOf(layout, bundle)));
  const wanted = Object.entries(needsOf(prewarm.target, bundle));
  const isWarmed = ([app, count]: readonly [string, number]): boolean =>
    app === bundle ? count > (serving[app] ?? 0) : !Object.hasOwn(serving, app);
  return Object.fromEntries(wanted.filter(isWarmed));
}

/** Phases in which a switch still counts on its target's hosts before any layout in the store names them. */
const WANTS_TARGET: readonly Phase[] = ['planned', 'preparing', 'committing'];

/** What every live layout (E2) and the target of a switch that is waiting or being prepared serve with. */
export function servingNeeds(seen: Observation): Needs {
  const wanted = seen.open.filter(({ phase }) => WANTS_TARGET.includes(phase)).map(({ to }) => to);
  const layouts = [...seen.live.map(({ layout }) => layout), ...wanted];
  return union(layouts.map((layout) => needsOf(layout, seen.bundle)));
}

/** All that must stay: what serves or shall, and a pre-warm. */
export const protectedNeeds = (seen: Observation): Needs =>
  seen.prewarm === null ? servingNeeds(seen) : union([servingNeeds(seen), prewarmNeeds(seen)]);

/**
 * The surer it is that a host serves, the more: a record alone may be that of a process that never was. A bundle in reserve
 * serves nobody, one that accepts may serve also while it is cut off from the store (E5).
 */
const worth = (host: HostView): number =>
  Number(isUsable(host)) * 8 +
  Number(host.spawned && !host.reserve) * 4 +
  Number(isLive(host)) * 2 +
  Number(host.spawned);

/** The order in which hosts are kept. */
const keepFirst = (a: HostView, b: HostView): number => worth(b) - worth(a) || a.ordinal - b.ordinal;

const ofApp = (hosts: readonly HostView[], app: string): HostView[] =>
  hosts.filter((host) => host.app === app);

/** Apps with fewer usable hosts than are needed; empty when all needs are met. */
export function lacking(needs: Needs, hosts: readonly HostView[]): string[] {
  return Object.entries(needs)
    .filter(([app, count]) => ofApp(hosts, app).filter(isUsable).length < count)
    .map(([app]) => app);
}

/** Lowest ordinals that no process has, as many as asked for. */
function freeOrdinals(taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = [];
  for (let ordinal = 0; free.length < count; ordinal += 1) if (!taken.has(ordinal)) free.push(ordinal);
  return free;
}

/** A host to start. */
export interface Vacancy {
  readonly app: string;
  readonly instance: string;
  /** A bundle that is to accept nobody yet. */
  readonly reserve?: true;
}

/** Hosts that have to be started, by name, whatever may hold them back for now. */
export function vacancies(needs: Needs, hosts: readonly HostView[]): Vacancy[] {
  return Object.entries(needs).flatMap(([app, count]) => {
    const own = ofApp(hosts, app);
    const short = count - own.filter(isStaying).length;
    if (short <= 0) return [];
    const alive = own.filter(({ process }) => process === 'alive');
    const taken = new Set(alive.map(({ ordinal }) => ordinal));
    return freeOrdinals(taken, short).map((ordinal) => ({ app, instance: `${app}-${ordinal}` }));
  });
}

/**
 * Vacancies of what serves and of what is warm beside it: a bundle that nothing serves with yet is started in reserve.
 * Those that serve come first in each app.
 */
function supply(serving: Needs, warm: Needs, { hosts, bundle }: Observation): Vacancy[] {
  const wanted = Object.keys(warm).length === 0 ? serving : union([serving, warm]);
  const all = vacancies(wanted, hosts);
  if (all.length === 0) return all;
  const urgent = new Set(vacancies(serving, hosts).map(({ instance }) => instance));
  return all.map((vacancy) =>
    vacancy.app === bundle && !urgent.has(vacancy.instance) ? { ...vacancy, reserve: true } : vacancy,
  );
}

/** Its lease has lapsed: it stands still, or is only cut off from the store. */
const isSilent = ({ lease }: HostView): boolean => lease !== null && !lease.live;

/**
 * Bundles in reserve that are to accept now, for as many as the others are too few. Those that are warm go first. A silent
 * one may serve nobody, and one that accepts beside it costs little: it counts as one too few, though it stays (E5).
 */
function openings(serving: Needs, { hosts, bundle }: Observation): HostView[] {
  const staying = ofApp(hosts, bundle).filter(isStaying);
  const reserves = staying.filter(({ reserve }) => reserve).sort(keepFirst);
  const accepting = staying.filter((host) => !host.reserve && !isSilent(host));
  const short = (serving[bundle] ?? 0) - accepting.length;
  return reserves.slice(0, Math.max(0, short));
}

/** Bundles that are to accept, and hosts that are to start now, for what serves and for what is to be warm beside it. */
export const provide = (serving: Needs, warm: Needs, seen: Observation): Effect[] => [
  ...openings(serving, seen).map(({ instance, nonce }) => ({ kind: 'open' as const, instance, nonce })),
  ...startable(supply(serving, warm, seen), seen).map((vacancy) => ({ kind: 'start' as const, ...vacancy })),
];

/** Back-off before an app is started again after unasked-for exits within the last minute, ms: 0, 250, 500 … 10,000. */
const BACK_OFF_STEP_MS = 250;
const BACK_OFF_MAX_MS = 10_000;
const BACK_OFF_MEMORY_MS = 60_000;

/** The moment from which the app may be started, on the store's clock; 0: at once. The first restart is immediate. */
export function startableAt(app: string, seen: Pick<Observation, 'now' | 'exits'>): number {
  const crashes = seen.exits
    .filter(({ instance, cause }) => appOf(instance) === app && cause !== 'retired')
    .map(({ at }) => at)
    .filter((at) => at > seen.now - BACK_OFF_MEMORY_MS);
  if (crashes.length < 2) return 0;
  return Math.max(...crashes) + Math.min(BACK_OFF_MAX_MS, BACK_OFF_STEP_MS * 2 ** (crashes.length - 2));
}

/**
 * Those vacancies that may be filled now: nothing stands in the way, after their back-off, and few at once. A service
 * that takes a blank spare costs little. While no bundle serves, nor loads, one does not wait for room: there is nobody
 * whose core it could take.
 */
export function startable(open: readonly Vacancy[], seen: Observation): Vacancy[] {
  if (seen.obstacle !== null) return [];
  let room = Math.max(0, seen.coldStartsAtOnce - seen.hosts.filter(isLoading).length);
  const comes = seen.hosts.some((host) => host.app === seen.bundle && (isUsable(host) || isLoading(host)));
  let urgent = comes ? 0 : 1;
  const hasRoom = ({ app, reserve }: Vacancy): boolean => {
    const isUrgent = app === seen.bundle && !reserve && urgent-- > 0;
    return room-- > 0 || isUrgent;
  };
  let blank = seen.hosts.filter((host) => host.blank && isStaying(host)).length;
  return open
    .filter(({ app }) => startableAt(app, seen) <= seen.now)
    .filter((vacancy) => (vacancy.app !== seen.bundle && blank-- > 0) || hasRoom(vacancy));
}

/** The next spare to start: one at a time, and only while nothing else starts. */
export function missingSpares(seen: Observation): Vacancy[] {
  if (seen.spares === null || seen.hosts.some(isLoading)) return [];
  const { app, count } = seen.spares;
  return vacancies({ [app]: count }, seen.hosts)
    .filter(() => seen.obstacle === null && startableAt(app, seen) <= seen.now)
    .slice(0, 1);
}

/** Driven hosts beyond what is needed, kept or not; of each app the least worth first, of equals the highest ordinals. */
export function unneeded(needs: Needs, hosts: readonly HostView[]): HostView[] {
  const staying = hosts.filter(isStaying);
  const apps = new Set(staying.map(({ app }) => app));
  return [...apps].flatMap((app) =>
    ofApp(staying, app)
      .sort(keepFirst)
      .slice(needs[app] ?? 0)
      .filter(({ driven }) => driven)
      .reverse(),
  );
}

/** Driven hosts that these needs leave without work and that nobody keeps. */
export const workless = (needs: Needs, hosts: readonly HostView[]): HostView[] =>
  unneeded(needs, hosts).filter(({ kept }) => !kept);

/**
 * Driven hosts that nobody needs and nobody keeps, but those that are to accept now. A bundle that accepts and that nothing
 * serves with is one of them also when a pre-warm wants one more: opened for a switch that was given up, it does not go
 * back to the reserve.
 */
export function surplus(seen: Observation): HostView[] {
  const { hosts, bundle } = seen;
  const serving = servingNeeds(seen);
  const accepting = ofApp(hosts, bundle).filter(({ reserve }) => !reserve);
  const over = workless({ [bundle]: serving[bundle] ?? 0 }, accepting);
  const opened = openings(serving, seen);
  const found = workless(protectedNeeds(seen), hosts).filter((host) => !opened.includes(host));
  return [...found, ...over.filter((host) => !found.includes(host))];
}

/** `cart-0` → `cart`. */
export const appOf = (instance: string): string => instance.replace(/-\d+$/, '');

/** `cart-0` → 0; −1 when the name has no ordinal. */
export function ordinalOf(instance: string): number {
  const found = /-(\d+)$/.exec(instance);
  return found ? Number(found[1]) : -1;
}
