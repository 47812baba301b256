/**
 * The queueing model. A host is one event loop that takes turns among its requests: M/G/1 with processor sharing, whose
 * mean time in the system is S / (1 − ρ) for any distribution of S (L. Kleinrock, Queueing Systems II, 1976, §4.4).
 * Instances of a host share its load evenly. All hosts share the machine's cores: when many are busy, work waits for a
 * core, too, as in M/M/m by the approximation of H. Sakasegawa (An approximation formula L_q ≃ αρ^β/(1−ρ), 1977).
 *
 * Q1  More load never takes less time.
 * Q2  At saturation, of a host or of the machine, the time is infinite.
 */

/**
 * Factor by which work takes longer because all cores are shared.
 * @param busyCores CPU-seconds that all hosts together need in a second
 * @returns 1 when nothing runs, infinite from `cores` on
 */
export function coreStretch(busyCores: number, cores: number): number {
  const share = busyCores / cores;
  if (!(share < 1)) return Infinity;
  return 1 + share ** (Math.sqrt(2 * (cores + 1)) - 1) / (cores * (1 - share));
}

/**
 * Mean time that one root spends at a host, s.
 * @param workS CPU that it needs there, cores being shared (`coreStretch`)
 * @param rps roots per second over all instances
 */
export function hostTime(workS: number, rps: number, instances: number): number {
  const load = (workS * rps) / instances;
  return load < 1 ? workS / (1 - load) : Infinity;
}
