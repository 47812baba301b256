/**
 * Reads the sales of an iCalendar file (RFC 5545). Pure.
 *
 * S1  Each event is a sale, each of its repetitions one: none that is over, and none that begins 400 days from now or
 *     later. A cancelled event is none.
 * S2  How many times the normal traffic is expected stands in the event's `X-ATLAS-TIMES`, or in a category like
 *     `ATLAS-TIMES=8`; else it is the number that the caller gives.
 * S3  A time is in its own zone: UTC, one that the file defines, or an IANA name. One without a zone, or a whole day, is
 *     in the zone of the calendar (`X-WR-TIMEZONE`), else in the caller's.
 * S4  All or nothing: what cannot be understood refuses the file, in one line that names the event.
 * S5  Bounded: a file of 1 MB, 1,000 events, 20,000 repetitions looked at, 500 sales.
 */
import ICAL from 'ical.js';
import { isZone, momentOf } from './zone-time.ts';

export interface IcsSale {
  /** ISO 8601, UTC, to the minute. */
  readonly from: string;
  readonly minutes: number;
  /** 8: eight times the normal traffic. */
  readonly times: number;
  /** The event's title; may be empty. */
  readonly title: string;
}

export interface IcsOptions {
  readonly nowMs: number;
  /** S2. */
  readonly times: number;
  /** S3. An IANA name. */
  readonly zone: string;
}

/** Why a file is refused, in one line. */
export class IcsError extends Error {}

/** S5. Bytes. */
export const MOST_BYTES = 2 ** 20;
const MOST = { events: 1_000, looks: 20_000, sales: 500 };
const AHEAD_MS = 400 * 86_400_000;
const MINUTE_MS = 60_000;
/** What the brain's calendar takes. */
const LONGEST_MIN = 44_640;
const TIMES = { least: 0.01, most: 1_000 };
const CATEGORY = /^ATLAS-TIMES=(.*)$/i;

function calendarOf(text: string): ICAL.Component {
  if (Buffer.byteLength(text) > MOST_BYTES) throw new IcsError('longer than 1 MB');
  let why = 'one calendar from BEGIN:VCALENDAR to END:VCALENDAR is needed';
  try {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
    if (calendar.name === 'vcalendar') return calendar;
  } catch (error) {
    // A defect of the parser's tells people nothing.
    if (!(error instanceof TypeError)) why = (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 120);
  }
  throw new IcsError(`no iCalendar file: ${why}`);
}

const textOf = (component: ICAL.Component, name: string): string => {
  const value: unknown = component.getFirstPropertyValue(name);
  return typeof value === 'string' ? value : '';
};

/** On one line, and not longer than a line is. */
const titleOf = (event: ICAL.Component): string =>
  textOf(event, 'summary').replaceAll(/\s+/g, ' ').trim().slice(0, 80);

const nameOf = (event: ICAL.Component): string => {
  const name = titleOf(event) || textOf(event, 'uid').slice(0, 80);
  return name === '' ? 'an event without a title' : `"${name}"`;
};

/** S2. */
function timesOf(event: ICAL.Component, usual: number): number {
  const categories = event
    .getAllProperties('categories')
    .flatMap((property) => property.getValues() as unknown[])
    .flatMap((value) => CATEGORY.exec(String(value))?.[1] ?? []);
  const [written] = [textOf(event, 'x-atlas-times'), ...categories].filter((text) => text !== '');
  if (written === undefined) return usual;
  const times = /^\d{1,4}(\.\d{1,4})?$/.test(written.trim()) ? Number(written) : Number.NaN;
  if (times >= TIMES.least && times <= TIMES.most) return times;
  throw new IcsError(`times "${written.slice(0, 20)}" is no number from ${TIMES.least} to ${TIMES.most}`);
}

/** S3. */
function msOf(time: ICAL.Time, property: ICAL.Property | null, usual: string): number {
  if (!time.isDate && time.zone.tzid !== 'floating') return time.toUnixTime() * 1_000;
  const named: unknown = time.isDate ? undefined : property?.getParameter('tzid');
  const zone = typeof named === 'string' ? named : usual;
  if (!isZone(zone)) throw new IcsError(`time zone "${zone.slice(0, 60)}" is neither defined nor known`);
  const { year, month, day, hour, minute, second } = time;
  return momentOf(Date.UTC(year, month - 1, day, hour, minute, second), zone);
}

interface Times {
  readonly startMs: number;
  readonly endMs: number;
  /** The event, or the one that stands for this repetition. */
  readonly event: ICAL.Component;
}

interface Budget {
  looks: number;
}

/** S1. All times of an event from now to the horizon. */
function* occurrences(
  event: ICAL.Event,
  { nowMs }: IcsOptions,
  zone: string,
  budget: Budget,
): Generator<Times> {
  const timesAt = (start: ICAL.Time, end: ICAL.Time, component: ICAL.Component): Times => {
    const property = component.getFirstProperty('dtstart');
    const endProperty = component.getFirstProperty('dtend') ?? property;
    return { startMs: msOf(start, property, zone), endMs: msOf(end, endProperty, zone), event: component };
  };
  if (!event.isRecurring()) {
    yield timesAt(event.startDate, event.endDate, event.component);
    return;
  }
  const iterator = event.iterator();
  for (;;) {
    const next = iterator.next() as ICAL.Time | undefined;
    if (!next) return;
    if ((budget.looks += 1) > MOST.looks) throw new IcsError(`repeats more than ${MOST.looks} times`);
    if (msOf(next, event.component.getFirstProperty('dtstart'), zone) >= nowMs + AHEAD_MS) return;
    const { startDate, endDate, item } = event.getOccurrenceDetails(next);
    yield timesAt(startDate, endDate, item.component);
  }
}

function saleOf({ startMs, endMs, event }: Times, times: number): IcsSale {
  const fromMin = Math.floor(startMs / MINUTE_MS);
  const minutes = Math.ceil(endMs / MINUTE_MS) - fromMin;
  if (!(minutes >= 1)) throw new IcsError('it lasts no time: DTEND or DURATION is needed');
  if (minutes > LONGEST_MIN) throw new IcsError('it lasts longer than 31 days');
  return { from: new Date(fromMin * MINUTE_MS).toISOString(), minutes, times, title: titleOf(event) };
}

const isCancelled = (event: ICAL.Component): boolean => textOf(event, 'status').toUpperCase() === 'CANCELLED';

function salesOf(component: ICAL.Component, options: IcsOptions, zone: string, budget: Budget): IcsSale[] {
  if (!component.hasProperty('dtstart')) throw new IcsError('it has no DTSTART');
  const sales: IcsSale[] = [];
  for (const times of occurrences(new ICAL.Event(component), options, zone, budget)) {
    const coming = times.endMs > options.nowMs && times.startMs < options.nowMs + AHEAD_MS;
    if (coming && !isCancelled(times.event)) sales.push(saleOf(times, timesOf(times.event, options.times)));
  }
  return sales;
}

/** Zones that the file defines are known while it is read. */
function withZones<T>(calendar: ICAL.Component, work: () => T): T {
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  try {
    return work();
  } finally {
    ICAL.TimezoneService.reset();
  }
}

/** Without those that stand for a repetition of another, which are found through that one. */
function eventsOf(calendar: ICAL.Component): ICAL.Component[] {
  const all = calendar.getAllSubcomponents('vevent');
  const isPart = (event: ICAL.Component): boolean => event.hasProperty('recurrence-id');
  const whole = new Set(all.filter((event) => !isPart(event)).map((event) => textOf(event, 'uid')));
  return all.filter((event) => !isPart(event) || !whole.has(textOf(event, 'uid')));
}

/**
 * The coming sales of a file, earliest first, each once.
 * @throws IcsError in one line
 */
export function salesOfIcs(text: string, options: IcsOptions): IcsSale[] {
  const calendar = calendarOf(text);
  const zone = textOf(calendar, 'x-wr-timezone') || options.zone;
  const events = eventsOf(calendar);
  if (events.length > MOST.events) throw new IcsError(`more than ${MOST.events} events`);
  const budget = { looks: 0 };
  const found = withZones(calendar, () =>
    events.flatMap((event) => {
      try {
        return isCancelled(event) ? [] : salesOf(event, options, zone, budget);
      } catch (error) {
        const why =
          error instanceof IcsError ? error.message : `it cannot be read (${(error as Error).message})`;
        throw new IcsError(`${nameOf(event)}: ${why}`.replaceAll(/\s+/g, ' '));
      }
    }),
  );
  const unique = new Map(found.map((sale) => [keyOf(sale), sale]));
  if (unique.size > MOST.sales) throw new IcsError(`more than ${MOST.sales} sales within 400 days`);
  return [...unique.values()].sort((a, b) => a.from.localeCompare(b.from));
}

/** Two sales with the same key are one. */
export const keyOf = ({ from, minutes, times }: Omit<IcsSale, 'title'>): string =>
  `${Date.parse(from)} ${minutes} ${times}`;
