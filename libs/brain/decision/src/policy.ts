/**
 * What the table decides by: rungs of a ladder, from the lightest shape to the one that bears most. Data; Table 1 (§5.4)
 * is one such ladder.
 */

/** A shape and the rates between which it is right. */
export interface Rung {
  readonly name: string;
  readonly mode: 'tight' | 'hybrid' | 'loose';
  readonly bundles: number;
  /** Instances of each service. */
  readonly instances: number;
  /** From this forecast rate on, requests per second, the shop goes up to this rung; 0 on the first. */
  readonly enterRps: number;
  /** Below this rate, held, the shop goes down from it; at most `enterRps`: the distance is the hysteresis. */
  readonly leaveRps: number;
  /** Above this rate the rung is overloaded now, which is an emergency. */
  readonly bearsRps: number;
}

export interface Policy {
  /** Ascending by `enterRps`; at least one. */
  readonly rungs: readonly Rung[];
  /** Index of the rung to go to, at least, when something crashes or looks unusual. */
  readonly emergencyRung: number;
  /**
   * Index of the rung whose hosts are kept warm for what nobody foresees; null: only what is foreseen is warmed. It costs
   * memory, and saves a surge the time in which hosts start.
   */
  readonly insuredRung: number | null;
  /** An emergency goes to a rung that bears this many times what comes now: a surge has seldom come to its end. */
  readonly emergencyRoom: number;
  /** An anomaly score above this counts (§5.3: 0.7). */
  readonly anomalyAbove: number;
  /** A strain above this counts. */
  readonly strainAbove: number;
  /** And one above this, when the shop is behind, too: then nothing but the load can be the cause for long. */
  readonly behindAbove: number;
  /** How long the rate must stay below `leaveRps` before the shop goes down, ms of trace time (§15: 5 min). */
  readonly holdMs: number;
  /** Least time between two moves that are no emergency, ms of trace time. */
  readonly coolDownMs: number;
  /** How long a rung that is not warm takes to start, ms of trace time (`atSpeed`). */
  readonly startMs: number;
  /** In hybrid, the most stressed modules leave the bundle until this share of the stress has left it, 0–1. */
  readonly extractShare: number;
  /** So many leave it at least: with fewer, hybrid bears less than what its rung says. */
  readonly extractLeast: number;
}

const DEFAULTS = {
  ...{ anomalyAbove: 0.7, strainAbove: 0.7, behindAbove: 0.5, insuredRung: null, emergencyRoom: 1.25 },
  ...{ holdMs: 5 * 60_000, coolDownMs: 3 * 60_000, startMs: 5_000, extractShare: 0.5, extractLeast: 1 },
};

/** Table 1 and listing 1 as printed: hybrid from 1,000, back below 800; loose from 5,000 requests per second. */
export const PAPER: Policy = {
  ...DEFAULTS,
  emergencyRoom: 1,
  rungs: [
    { name: 'tight', mode: 'tight', bundles: 1, instances: 1, enterRps: 0, leaveRps: 0, bearsRps: 3_000 },
    {
      name: 'hybrid',
      mode: 'hybrid',
      bundles: 1,
      instances: 1,
      enterRps: 1_000,
      leaveRps: 800,
      bearsRps: 8_000,
    },
    {
      name: 'loose',
      mode: 'loose',
      bundles: 1,
      instances: 1,
      enterRps: 5_000,
      leaveRps: 4_000,
      bearsRps: 15_000,
    },
  ],
  emergencyRung: 2,
};

/** What each shape was measured to bear within the intent, requests per second. */
export interface Capacity {
  readonly tight: number;
  readonly tight2: number;
  readonly hybrid: number;
  readonly loose: number;
  /** Services that hybrid had when it was measured; 1 when that is not told. */
  readonly hybridServices?: number;
}

/** A shape is left upwards at this share of what it bears, and downwards to at this share. */
const UP_AT = 0.75;
const DOWN_AT = 0.6;

/**
 * What nobody foresees is insured up to this many times what the lightest rung bears, or up to this share of what the
 * highest does: measured rates differ by a tenth by themselves.
 */
const INSURED_TIMES = 2;
const NEARLY_ALL = 0.9;

function insuredOf(rungs: readonly Rung[]): number | null {
  const bears = rungs.map(({ bearsRps }) => bearsRps);
  const enough = Math.min(Math.min(...bears) * INSURED_TIMES, Math.max(...bears) * NEARLY_ALL);
  const rung = rungs.findIndex(({ bearsRps }) => bearsRps >= enough);
  return rung > 0 ? rung : null;
}

/**
 * The same ladder in units of measured capacity, two bundles included. A shape that bears no more than a lighter one is
 * left out: on few cores services may cost more than they bring. Insured is the first rung that bears twice what the
 * lightest does, or nearly what the highest does, for it needs the fewest further hosts.
 */
export function measuredPolicy(bears: Capacity): Policy {
  const shapes = [
    { name: 'tight', mode: 'tight', bundles: 1, bearsRps: bears.tight },
    { name: 'tight ×2', mode: 'tight', bundles: 2, bearsRps: bears.tight2 },
    { name: 'hybrid', mode: 'hybrid', bundles: 1, bearsRps: bears.hybrid },
    { name: 'loose', mode: 'loose', bundles: 1, bearsRps: bears.loose },
  ] as const;
  const rungs: Rung[] = [];
  for (const shape of shapes) {
    const below = rungs.at(-1)?.bearsRps ?? 0;
    if (shape.bearsRps <= below) continue;
    rungs.push({ ...shape, instances: 1, enterRps: below * UP_AT, leaveRps: below * DOWN_AT });
  }
  const top = rungs.length - 1;
  const extractLeast = bears.hybridServices ?? DEFAULTS.extractLeast;
  return { ...DEFAULTS, extractLeast, rungs, emergencyRung: top, insuredRung: insuredOf(rungs) };
}

/** The same policy where a trace goes `speed` times as fast as real time: a host starts in real time. */
export const atSpeed = (policy: Policy, speed: number): Policy => ({
  ...policy,
  startMs: policy.startMs * speed,
});
