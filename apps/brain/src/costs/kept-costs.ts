/** What outlives a restart of the brain: the costs that it learned, and its record of crashes. Pure. */
import { CalibratedView } from '@atlas/brain-api';
import { flawsOfCosts, type Calibrated, type Costs, type Site } from '@atlas/brain-optimiser';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const DAY_MS = 86_400_000;
/** Older costs are of another shop, as far as anybody knows. */
const OLDEST_MS = 7 * DAY_MS;
/** What is longer ago than this many days counts less and less. */
const MOST_DAYS = 90;
/** What the record of another build counts. */
const OTHER_BUILD = 0.25;

/** Costs hold for these modules on this machine, as they are for this build. */
export interface Whose {
  readonly modules: readonly string[];
  /** Kind and number of its cores. */
  readonly machine: string;
  /** Of the code that was measured. */
  readonly build: string;
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
  build: Type.String(),
  /** Real ms since 1970. */
  keptAtMs: Type.Number(),
  /** The newest of the costs, and when they were learned; null: none yet. */
  learned: Type.Union([Type.Object({ atMs: Type.Number(), ...CalibratedView.properties }), Type.Null()]),
  record: Record,
});
/** As it is stored. */
export interface KeptCosts extends Whose {
  readonly keptAtMs: number;
  readonly learned: (Calibrated & { readonly atMs: number }) | null;
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

/** Two records as one; who is down now is known of the second, if that is of any time. */
export function joined(earlier: CrashRecord, record: CrashRecord): CrashRecord {
  const crashes = new Map(Object.entries(earlier.crashes));
  for (const [module, count] of Object.entries(record.crashes))
    crashes.set(module, (crashes.get(module) ?? 0) + count);
  const { crashed } = record.days > 0 ? record : earlier;
  return { crashes: Object.fromEntries(crashes), days: earlier.days + record.days, crashed };
}

const weighed = ({ crashes, days, crashed }: CrashRecord, weight: number): CrashRecord => ({
  crashes: Object.fromEntries(
    Object.entries(crashes).map(([module, count]) => [module, weight * count] as const),
  ),
  days: weight * days,
  crashed,
});

const same = (a: Whose, b: Whose): boolean =>
  a.machine === b.machine && a.modules.toSorted().join(' ') === b.modules.toSorted().join(' ');

/** What of a stored text still counts. */
export interface Recalled {
  readonly record: CrashRecord;
  /** As they are; null: none, or they are of other code. */
  readonly learned: KeptCosts['learned'];
  /** What new ones are learned from, whatever the build; null: none. */
  readonly prior: Costs | null;
}

/**
 * What of a stored text still counts; undefined: nothing, for it cannot be read, is of other modules or of another
 * machine, or is too old by a clock that may have been set, forwards or back. Of another build, costs are a prior only,
 * and the record of crashes counts a quarter.
 */
export function recalled(stored: unknown, whose: Whose, { site, nowMs }: Now): Recalled | undefined {
  if (!Value.Check(Kept, stored) || !same(stored, whose)) return undefined;
  const old = (atMs: number): boolean => !(Math.abs(nowMs - atMs) <= OLDEST_MS);
  if (old(stored.keptAtMs)) return undefined;
  const { learned, record, build } = stored;
  const sound = learned && !old(learned.atMs) && flawsOfCosts(learned.costs, site).length === 0;
  const prior = sound ? learned.costs : null;
  return build === whose.build
    ? { record, learned: sound ? learned : null, prior }
    : { record: weighed(record, OTHER_BUILD), learned: null, prior };
}

interface Now {
  readonly site: Site;
  /** Real ms since 1970. */
  readonly nowMs: number;
}
