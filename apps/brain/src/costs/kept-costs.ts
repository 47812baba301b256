/** What outlives a restart of the brain: the costs that it learned, and its record of crashes. Pure. */
import { CostsView } from '@atlas/brain-api';
import { flawsOfCosts, type Costs, type Site } from '@atlas/brain-optimiser';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const DAY_MS = 86_400_000;
/** Older costs are of another shop, as far as anybody knows. */
const OLDEST_MS = 7 * DAY_MS;
/** What is longer ago than this many days counts less and less. */
const MOST_DAYS = 90;

/** Costs hold for these modules on this machine. */
export interface Whose {
  readonly modules: readonly string[];
  /** Kind and number of its cores. */
  readonly machine: string;
}

const Record = Type.Object({
  /** Module → crashes that its code caused while the brain watched, and how many days it did. */
  crashes: Type.Record(Type.String(), Type.Number({ minimum: 0 })),
  days: Type.Number({ minimum: 0 }),
  /** Modules that were down. */
  crashed: Type.Array(Type.String()),
});
/** Of crashes. */
export type CrashRecord = Readonly<Static<typeof Record>>;

const Kept = Type.Object({
  modules: Type.Array(Type.String()),
  machine: Type.String(),
  /** Real ms since 1970. */
  keptAtMs: Type.Number(),
  /** The newest of the costs, and when they were learned; null: none yet. */
  learned: Type.Union([Type.Object({ atMs: Type.Number(), costs: CostsView }), Type.Null()]),
  record: Record,
});
/** As it is stored. */
export interface KeptCosts extends Whose {
  readonly keptAtMs: number;
  readonly learned: { readonly atMs: number; readonly costs: Costs } | null;
  readonly record: CrashRecord;
}

export const NO_RECORD: CrashRecord = { crashes: {}, days: 0, crashed: [] };

/** The record after more time, and with the modules that are down now: one that was up before has crashed. */
export function recorded(record: CrashRecord, crashed: readonly string[], ms: number): CrashRecord {
  const days = record.days + ms / DAY_MS;
  const fades = Math.min(1, MOST_DAYS / days);
  const faded = Object.entries(record.crashes).map(([module, count]) => [module, count * fades] as const);
  const fresh = crashed.filter((module) => !record.crashed.includes(module));
  const crashes = new Map(faded);
  for (const module of fresh) crashes.set(module, (crashes.get(module) ?? 0) + 1);
  return { crashes: Object.fromEntries(crashes), days: days * fades, crashed: [...crashed] };
}

const same = (a: Whose, b: Whose): boolean =>
  a.machine === b.machine && a.modules.toSorted().join(' ') === b.modules.toSorted().join(' ');

/**
 * What of a stored text still counts; undefined: nothing, for it cannot be read, is of other modules or of another
 * machine, or is too old by a clock that may have been set, forwards or back.
 */
export function recalled(stored: unknown, whose: Whose, { site, nowMs }: Now): KeptCosts | undefined {
  if (!Value.Check(Kept, stored) || !same(stored, whose)) return undefined;
  const old = (atMs: number): boolean => !(Math.abs(nowMs - atMs) <= OLDEST_MS);
  if (old(stored.keptAtMs)) return undefined;
  const { learned } = stored;
  const sound = learned && !old(learned.atMs) && flawsOfCosts(learned.costs, site).length === 0;
  return sound ? stored : { ...stored, learned: null };
}

interface Now {
  readonly site: Site;
  /** Real ms since 1970. */
  readonly nowMs: number;
}
