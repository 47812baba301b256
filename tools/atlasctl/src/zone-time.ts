/** Wall-clock times of IANA zones, by the zones that Node brings. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const number = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', era: 'short' },
    ...{ year: number, month: number, day: number, hour: number, minute: number, second: number },
  });
  formats.set(zone, format);
  return format;
}

/** Ms that clocks in the zone are ahead of UTC at a moment. */
function aheadMs(atMs: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(atMs / 1_000) * 1_000;
}

/**
 * When clocks in a zone show a time. One that they skip is meant as if they had not; of one that they show twice the
 * first is meant.
 * @param wallMs what the clocks show, read as UTC, ms since 1970
 * @param zone an IANA name
 * @throws RangeError when there is no such zone
 */
export function momentOf(wallMs: number, zone: string): number {
  const [before, after] = [wallMs - 86_400_000, wallMs + 86_400_000].map((at) => aheadMs(at, zone));
  const [first = 0, second = 0] = [wallMs - (before ?? 0), wallMs - (after ?? 0)];
  return first + aheadMs(first, zone) === wallMs
    ? first
    : second + aheadMs(second, zone) === wallMs
      ? second
      : first;
}

/** Whether an IANA zone is known by this name. */
export function isZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}
