/**
 * What a recurrence rule means (RFC 5545, 3.3.10), by the clocks of its start: times are what these show, read as UTC, ms
 * since 1970. Pure. The library's own steps were not always what the standard says: a 29 February was 1 March in other
 * years, and BYSETPOS and BYWEEKNO were not looked at.
 *
 * R1  A day belongs to a rule when each part that tells of days has it; one that no calendar has is none.
 * R2  What a rule leaves open is as at its start, which is the first time whatever the rule says.
 */
import type ICAL from 'ical.js';

export type Rule = Pick<ICAL.Recur, 'freq' | 'interval' | 'wkst'> & {
  readonly parts: Readonly<Record<string, readonly (number | string)[] | undefined>>;
};
type Values = ReadonlySet<number | string> | undefined;
type Parts = Readonly<Record<string, Values>>;
/** A rule whose values are found at once, however many its file tells. */
type Known = Pick<Rule, 'freq' | 'interval' | 'wkst'> & { readonly parts: Parts };

const DAY_MS = 86_400_000;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'];
const HOURLY = FREQUENCIES.indexOf('HOURLY');
/** Of a time of the day: its part, how long one is, ms, and how many there are. */
const CLOCK = [
  ['BYHOUR', 3_600_000, 24],
  ['BYMINUTE', 60_000, 60],
  ['BYSECOND', 1_000, 60],
] as const;

const modulo = (value: number, size: number): number => ((value % size) + size) % size;
/** The first day of a month, counted from 0, in days since 1970. */
const firstOf = (year: number, month: number): number => Date.UTC(year, month, 1) / DAY_MS;
/** 0: Sunday. */
const weekdayOf = (day: number): number => modulo(day + 4, 7);

/** Begin and end of each period of a rule, ms, from that of its start on. */
function* periodsOf({ freq, interval, wkst }: Known, startMs: number): Generator<[number, number]> {
  const at = new Date(startMs);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const unit = CLOCK[FREQUENCIES.indexOf(freq) - HOURLY]?.[1] ?? DAY_MS;
  const first = Math.floor(startMs / unit) * unit;
  const week = first - modulo(weekdayOf(first / DAY_MS) - (wkst - 1), 7) * DAY_MS;
  for (let n = 0; ; n += interval) {
    const days = [year + n, year + n + 1].map((each) => firstOf(each, 0));
    const ofMonth = [month + n, month + n + 1].map((each) => firstOf(year, each));
    const [from = NaN, to = NaN] = freq === 'YEARLY' ? days : ofMonth;
    if (freq === 'YEARLY' || freq === 'MONTHLY') yield [from * DAY_MS, to * DAY_MS];
    else if (freq === 'WEEKLY') yield [week + 7 * n * DAY_MS, week + 7 * (n + 1) * DAY_MS];
    else yield [first + n * unit, first + (n + 1) * unit];
  }
}

/** Whether `-1FR` is the last one of the month or the year; else it is any Friday. */
const hasSpans = (freq: Rule['freq']): boolean => freq === 'MONTHLY' || freq === 'YEARLY';

function known({ freq, interval, wkst, parts }: Rule): Known {
  const valueOf = (value: number | string): number | string =>
    typeof value === 'number' ? value : hasSpans(freq) ? value.replace('+', '') : value.slice(-2);
  const sets = Object.entries(parts).map(([part, told = []]) => [part, new Set(told.map(valueOf))] as const);
  return { freq, interval, wkst, parts: Object.fromEntries(sets) };
}

/** R2. */
function filled({ freq, parts }: Known, startMs: number): Parts {
  const at = new Date(startMs);
  if (parts['BYYEARDAY'] ?? parts['BYMONTHDAY'] ?? parts['BYDAY']) return parts;
  if (parts['BYWEEKNO'] || freq === 'WEEKLY')
    return { ...parts, BYDAY: new Set([WEEKDAYS[at.getUTCDay()] ?? '']) };
  const ofMonth = { BYMONTHDAY: new Set([at.getUTCDate()]) };
  if (freq === 'MONTHLY') return { ...parts, ...ofMonth };
  return freq === 'YEARLY' ? { BYMONTH: new Set([at.getUTCMonth() + 1]), ...parts, ...ofMonth } : parts;
}

/** Counted from either end of what has `size` of them; what is not told is any. */
const isAmong = (told: Values, nth: number, size: number): boolean =>
  told === undefined || told.has(nth) || told.has(nth - size - 1);

/** The week of a day in the year that most of it is in, and how many that year has. */
function weekOf(day: number, wkst: number): [nth: number, size: number] {
  const middle = day - modulo(weekdayOf(day) - (wkst - 1), 7) + 3;
  const year = new Date(middle * DAY_MS).getUTCFullYear();
  const nth = Math.floor((middle - firstOf(year, 0)) / 7) + 1;
  const next = firstOf(year + 1, 0);
  // The year's last week is that of 28 December.
  const last = next - 4 - modulo(weekdayOf(next - 4) - (wkst - 1), 7) + 3;
  return [nth, Math.floor((last - firstOf(year, 0)) / 7) + 1];
}

/** `FR`, or `-1FR`: the last one of a span. */
function isWeekday(told: Values, day: number, [from, to]: readonly [number, number]): boolean {
  const name = WEEKDAYS[weekdayOf(day)] ?? '';
  const places = [Math.floor((day - from) / 7) + 1, -Math.floor((to - 1 - day) / 7) - 1];
  return told === undefined || told.has(name) || places.some((place) => told.has(`${place}${name}`));
}

/** The days of a period that are in these months. @param step told of each such month but the period's first */
function* daysOf([from, to]: readonly [number, number], months: Values, step: () => void): Generator<number> {
  for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to;) {
    const at = new Date(day * DAY_MS);
    const next = firstOf(at.getUTCFullYear(), at.getUTCMonth() + 1);
    const has = isAmong(months, at.getUTCMonth() + 1, Infinity);
    if (has && day * DAY_MS > from) step();
    for (; has && day < next && day * DAY_MS < to; day += 1) yield day;
    day = next;
  }
}

/** R1, of a day that is in the months of the rule. @param parts filled */
function hasDay({ freq, parts, wkst }: Known, day: number): boolean {
  const at = new Date(day * DAY_MS);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const ofMonth = [firstOf(year, month), firstOf(year, month + 1)] as const;
  const ofYear = [firstOf(year, 0), firstOf(year + 1, 0)] as const;
  const span = freq === 'MONTHLY' || (freq === 'YEARLY' && parts['BYMONTH']) ? ofMonth : ofYear;
  const place = ([from, to]: readonly [number, number]): [number, number] => [day - from + 1, to - from];
  return (
    isAmong(parts['BYMONTHDAY'], ...place(ofMonth)) &&
    isAmong(parts['BYYEARDAY'], ...place(ofYear)) &&
    (parts['BYWEEKNO'] === undefined || isAmong(parts['BYWEEKNO'], ...weekOf(day, wkst))) &&
    isWeekday(parts['BYDAY'], day, span)
  );
}

/** The times of a day that a period has, ms. @param from when it begins */
function clocksOf({ freq, parts }: Known, startMs: number, from: number): number[] {
  const own = FREQUENCIES.indexOf(freq) - HOURLY;
  return CLOCK.reduce<number[]>(
    (times, [part, unit, size], i) => {
      const told = parts[part] && [...parts[part]].map(Number).sort((a, b) => a - b);
      const at = Math.floor(modulo(i <= own ? from : startMs, unit * size) / unit);
      const values = i > own ? (told ?? [at]) : told && !told.includes(at) ? [] : [at];
      return times.flatMap((time) => values.map((value) => time + value * unit));
    },
    [0],
  );
}

/** BYSETPOS: some of the times of a period. */
function picked(times: number[], positions: Values): number[] {
  if (positions === undefined) return times;
  return times.filter((_, i) => isAmong(positions, i + 1, times.length));
}

/**
 * The times of a rule in their order, the start first.
 * @param start its time, and whether it is a whole day
 * @param lastMs periods that begin later are not looked at
 * @param step told of each period, each further month of it that is looked at, and each further time that it has; what it throws
 *   ends the search
 */
export function* timesOf(
  rule: Rule,
  start: { readonly ms: number; readonly isDate: boolean },
  { lastMs, step }: { readonly lastMs: number; readonly step: () => void },
): Generator<number> {
  yield start.ms;
  const own = known(rule);
  const whole = { ...own, parts: filled(own, start.ms) };
  for (const period of periodsOf(own, start.ms)) {
    const [from] = period;
    if (!(from <= lastMs)) return;
    step();
    const times: number[] = [];
    for (const day of daysOf(period, whole.parts['BYMONTH'], step)) {
      if (!hasDay(whole, day)) continue;
      for (const clock of start.isDate ? [0] : clocksOf(own, start.ms, from)) {
        if (times.length > 0) step();
        times.push(day * DAY_MS + clock);
      }
    }
    for (const time of picked(times, own.parts['BYSETPOS'])) if (time > start.ms) yield time;
  }
}
