/**
 * When an event of an iCalendar file takes place (RFC 5545, 3.8.4 and 3.8.5). Pure. The library parses;
 * what a set of rules, dates and exceptions means is here, for there it was not always what the standard says.
 *
 * O1  Moments are compared, never what clocks show: an exception, or an end of repetitions, may be in another zone.
 * O2  An exception changes the event of its own UID only.
 * O3  A rule is stepped through up to the horizon, and no step is unbounded.
 */
import ICAL from 'ical.js';
import { IcsError } from './ics-error.ts';
import { timesOf, type Rule } from './recurrence.ts';
import { isZone, momentOf } from './zone-time.ts';

/** One time that the event takes place, and the component that tells of it: the event, or an exception's. */
export interface Occurrence {
  readonly startMs: number;
  readonly endMs: number;
  readonly event: ICAL.Component;
}

export interface Scope {
  /** Zone of times that have none, IANA. */
  readonly zone: string;
  /** Repetitions that begin at this time or later are not looked for, ms since 1970. */
  readonly untilMs: number;
  /** Steps that may still be taken. */
  readonly budget: { steps: number };
}

/** Nobody means a longer one. */
const LONGEST_INTERVAL = 100_000;

/** A time, and the property that tells its zone. */
interface Moment {
  readonly time: ICAL.Time;
  readonly property: ICAL.Property;
}

/** The IANA zone of a moment; undefined: the file defines it, or it is UTC. */
function zoneOf({ time, property }: Moment, usual: string): string | undefined {
  if (!time.isDate && time.zone.tzid !== 'floating') return undefined;
  const named: unknown = time.isDate ? undefined : property.getParameter('tzid');
  const zone = typeof named === 'string' ? named : usual;
  if (isZone(zone)) return zone;
  throw new IcsError(`time zone "${zone.slice(0, 60)}" is neither defined nor known`);
}

const wallMsOf = ({ year, month, day, hour, minute, second }: ICAL.Time): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

function msOf(moment: Moment, usual: string): number {
  const zone = zoneOf(moment, usual);
  return zone === undefined ? moment.time.toUnixTime() * 1_000 : momentOf(wallMsOf(moment.time), zone);
}

/** As it is written. */
const writtenIn = (property: ICAL.Property, at = 0): unknown => (property.toJSON() as unknown[])[3 + at];

/** @throws IcsError when no calendar has it: the library takes 30 February for 2 March */
function checkDay(name: string, time: ICAL.Time, asWritten: unknown): void {
  const written = String(asWritten).slice(0, 20);
  if (time.toString().slice(0, 10) !== written.slice(0, 10))
    throw new IcsError(`${name.toUpperCase()} is no time: ${written}`);
}

function realMoment(property: ICAL.Property, time: ICAL.Time, at = 0): Moment {
  checkDay(property.name, time, writtenIn(property, at));
  return { time, property };
}

/** Of a property that has one value at most. */
function momentIn(event: ICAL.Component, name: string): Moment | undefined {
  const property = event.getFirstProperty(name);
  const time = property?.getFirstValue();
  return property && time instanceof ICAL.Time ? realMoment(property, time) : undefined;
}

/** All values of all properties of a name. */
function momentsIn(event: ICAL.Component, name: string): Moment[] {
  return event.getAllProperties(name).flatMap((property) =>
    (property.getValues() as unknown[]).map((time, at) => {
      if (time instanceof ICAL.Time) return realMoment(property, time, at);
      throw new IcsError(`${name.toUpperCase()} must be times; periods are not read`);
    }),
  );
}

const DAY_S = 86_400;

/** By its clocks. */
function later(time: ICAL.Time, seconds: number): ICAL.Time {
  const moved = time.clone();
  const days = Math.trunc(seconds / DAY_S);
  moved.adjust(days, 0, 0, seconds - days * DAY_S);
  return moved;
}

/** From a start to its end: as many hours by the clocks, or exactly as long where start and end have different zones. */
function endOf(event: ICAL.Component, own: Moment, usual: string): (start: Moment) => number {
  const end = momentIn(event, 'dtend');
  const length = event.getFirstPropertyValue('duration');
  const byClocks = (seconds: number) => (start: Moment) =>
    msOf({ ...start, time: later(start.time, seconds) }, usual);
  if (end) {
    const same = zoneOf(end, usual) === zoneOf(own, usual) && end.time.zone.tzid === own.time.zone.tzid;
    if (same) return byClocks((wallMsOf(end.time) - wallMsOf(own.time)) / 1_000);
    const exactMs = msOf(end, usual) - msOf(own, usual);
    return (start) => msOf(start, usual) + exactMs;
  }
  if (!(length instanceof ICAL.Duration)) return byClocks(own.time.isDate ? DAY_S : 0);
  const whole = DAY_S * (7 * length.weeks + length.days) * (length.isNegative ? -1 : 1);
  const restMs = (length.toSeconds() - whole) * 1_000;
  return (start) => byClocks(whole)(start) + restMs;
}

/** A time of the same zone as another, that its clocks show. */
function timeAt(wallMs: number, { isDate, zone }: ICAL.Time): ICAL.Time {
  const at = new Date(wallMs);
  const day = { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), isDate };
  const clock = { hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds() };
  return ICAL.Time.fromData({ ...day, ...(isDate ? {} : clock) }, zone);
}

/** O1: whether a repetition comes after the end of its rule. */
function isAfter({ until }: ICAL.Recur, { time }: Moment, startMs: number): boolean {
  if (until === null) return false;
  const isMoment = !until.isDate && until.zone.tzid === 'UTC' && !time.isDate;
  if (isMoment) return startMs > until.toUnixTime() * 1_000;
  return wallMsOf(time) > wallMsOf(until) + (until.isDate ? DAY_S * 1_000 - 1 : 0);
}

/** What of a rule is read. */
const PARTS =
  /^(freq|interval|count|until|wkst|by(second|minute|hour|day|monthday|yearday|weekno|month|setpos))$/i;

/** @throws IcsError when it says more than is read, for it would mean less without, or what no rule can */
function rulesOf(event: ICAL.Component): ICAL.Recur[] {
  if (event.hasProperty('exrule')) throw new IcsError('EXRULE is not read');
  return event.getAllProperties('rrule').map((property) => {
    const written = writtenIn(property) as Record<string, unknown>;
    // Some programs end a rule with a semicolon: the parser gives a part without a name.
    const unread = Object.keys(written).find((part) => part !== '' && !PARTS.test(part));
    if (unread !== undefined) throw new IcsError(`${unread.toUpperCase()} in its rule is not read`);
    const rule = property.getFirstValue() as ICAL.Recur;
    if (!written['freq']) throw new IcsError('its rule has no FREQ');
    if (rule.count !== null && rule.count < 1) throw new IcsError(`it repeats ${rule.count} times`);
    if (rule.until !== null) checkDay('until', rule.until, written['until']);
    return rule;
  });
}

/** O3. */
function* repeated(rule: ICAL.Recur, start: Moment, { zone, untilMs, budget }: Scope): Generator<Moment> {
  if (rule.interval > LONGEST_INTERVAL) throw new IcsError(`repeats each ${rule.interval}th time only`);
  const { time, property } = start;
  if (time.isDate && /^(HOUR|MINUTE|SECOND)LY$/.test(rule.freq))
    throw new IcsError(`a whole day is not repeated ${rule.freq}`);
  const step = (): void => {
    if ((budget.steps -= 1) < 0) throw new IcsError('repeats too often');
  };
  const first = { ms: wallMsOf(time), isDate: time.isDate };
  let left = rule.count ?? Infinity;
  for (const wallMs of timesOf(rule as Rule, first, { lastMs: untilMs + 2 * DAY_S * 1_000, step })) {
    const next = { time: timeAt(wallMs, time), property };
    const startMs = msOf(next, zone);
    if (left === 0 || startMs >= untilMs || isAfter(rule, next, startMs)) return;
    left -= 1;
    yield next;
  }
}

/** Whether an occurrence is left out: EXDATE names its moment, or its day. */
function leavesOut(event: ICAL.Component, usual: string): (start: Moment, startMs: number) => boolean {
  const moments = new Set<number>();
  const days = new Set<string>();
  for (const each of momentsIn(event, 'exdate')) {
    if (each.time.isDate) days.add(each.time.toString().slice(0, 10));
    else moments.add(msOf(each, usual));
  }
  const isOnDay = ({ time }: Moment): boolean => days.size > 0 && days.has(time.toString().slice(0, 10));
  return (start, startMs) => moments.has(startMs) || isOnDay(start);
}

interface Exception {
  /** Of the occurrence that it stands for. */
  readonly forMs: number;
  readonly shiftMs: number;
  readonly lengthMs: number;
  readonly event: ICAL.Component;
  /** Those that follow are moved alike. */
  readonly andFuture: boolean;
}

/**
 * O2. One without a start takes place when it would have.
 * @param exceptions components with a RECURRENCE-ID, of the event's UID
 */
function exceptionsOf(exceptions: readonly ICAL.Component[], usual: string): Exception[] {
  return exceptions.map((event) => {
    const of = momentIn(event, 'recurrence-id');
    if (!of) throw new IcsError('RECURRENCE-ID must be a time');
    const start = momentIn(event, 'dtstart') ?? of;
    const [forMs, startMs] = [msOf(of, usual), msOf(start, usual)];
    const andFuture = of.property.getParameter('range') === 'THISANDFUTURE';
    const lengthMs = endOf(event, start, usual)(start) - startMs;
    return { forMs, shiftMs: startMs - forMs, lengthMs, event, andFuture };
  });
}

/**
 * When an event takes place: each start up to the horizon once, in no order. The first only, when that is its only one.
 * @throws IcsError when something of it cannot be understood, or is too much
 */
export function occurrencesOf(
  event: ICAL.Component,
  exceptions: readonly ICAL.Component[],
  scope: Scope,
): Occurrence[] {
  const own = momentIn(event, 'dtstart');
  if (!own) throw new IcsError('it has no DTSTART');
  const rules = rulesOf(event);
  const starts = new Map<number, Moment>();
  const add = (start: Moment): unknown => starts.set(msOf(start, scope.zone), start);
  if (rules.length === 0) add(own);
  for (const rule of rules) for (const start of repeated(rule, own, scope)) add(start);
  for (const start of momentsIn(event, 'rdate')) add(start);
  const isOut = leavesOut(event, scope.zone);
  const end = endOf(event, own, scope.zone);
  const changed = exceptionsOf(exceptions, scope.zone).sort((a, b) => a.forMs - b.forMs);
  return [...starts].flatMap(([startMs, start]) => {
    if (isOut(start, startMs)) return [];
    const exception =
      changed.find(({ forMs }) => forMs === startMs) ??
      changed.findLast(({ forMs, andFuture }) => andFuture && forMs <= startMs);
    if (!exception) return [{ startMs, endMs: end(start), event }];
    const movedMs = startMs + exception.shiftMs;
    return [{ startMs: movedMs, endMs: movedMs + exception.lengthMs, event: exception.event }];
  });
}
