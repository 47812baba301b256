/** Seeded randomness: same seed and stream, same numbers, on every machine. Not for secrets. */

/** Next number, 0 ≤ x < 1. */
export type Random = () => number;

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A stream of its own per name (sfc32), so that one consumer's draws never shift another's. */
export function seededRandom(seed: number, stream: string): Random {
  let a = hash(`${stream}:a:${seed}`);
  let b = hash(`${stream}:b:${seed}`);
  let c = hash(`${stream}:c:${seed}`);
  let d = 1;
  const next: Random = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Exponentially distributed, mean 1. */
export const exponential = (random: Random): number => -Math.log(1 - random());

/** An integer, `from` ≤ x ≤ `to`. */
export const between = (random: Random, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));

/** One of a list. @throws RangeError when it is empty. */
export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

/** The same elements in a drawn order (Fisher–Yates). */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = between(random, 0, i);
    const [x, y] = [out[i], out[j]];
    if (x !== undefined && y !== undefined) [out[i], out[j]] = [y, x];
  }
  return out;
}
