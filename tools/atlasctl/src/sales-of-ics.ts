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
 * S5  Bounded: a file of 1 MB, 1,000 events, 100,000 steps of their rules, 500 sales.
 */
import ICAL from 'ical.js';
import { IcsError } from './ics-error.ts';
import { occurrencesOf, type Occurrence } from './occurrences.ts';

export { IcsError };

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

/** S5. Bytes. */
export const MOST_BYTES = 2 ** 20;
const MOST = { events: 1_000, steps: 100_000, sales: 500 };
const AHEAD_MS = 400 * 86_400_000;
const MINUTE_MS = 60_000;
/** What the brain's calendar takes. */
const LONGEST_MIN = 44_640;
const TIMES = { least: 0.01, most: 1_000 };
/** Before the text, where a program of Windows wrote it. */
const BYTE_ORDER_MARK = /^\uFEFF/;
const CATEGORY = /^ATLAS-TIMES=(.*)$/i;

function calendarOf(text: string): ICAL.Component {
  if (Buffer.byteLength(text) > MOST_BYTES) throw new IcsError('longer than 1 MB');
  let why = 'one calendar from BEGIN:VCALENDAR to END:VCALENDAR is needed';
  try {
    const calendar = new ICAL.Component(ICAL.parse(text.replace(BYTE_ORDER_MARK, '')) as unknown[]);
    if (calendar.name === 'vcalendar') return calendar;
  } catch (error) {
    // A defect of the parser's tells people nothing.
    if (!(error instanceof TypeError)) why = (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 120);
  }
  throw new IcsError(`no iCalendar file: ${why}`);
}

const textOf = (component: ICAL.Component, name: string): string => {
  const value: unknown = component.getFirstPropertyValue(name);
  return value === null ? '' : String(value);
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

function saleOf({ startMs, endMs, event }: Occurrence, times: number): IcsSale {
  const fromMin = Math.floor(startMs / MINUTE_MS);
  const minutes = Math.ceil(endMs / MINUTE_MS) - fromMin;
  if (!(minutes >= 1)) throw new IcsError('it lasts no time: DTEND or DURATION is needed');
  if (minutes > LONGEST_MIN) throw new IcsError('it lasts longer than 31 days');
  return { from: new Date(fromMin * MINUTE_MS).toISOString(), minutes, times, title: titleOf(event) };
}

const isCancelled = (event: ICAL.Component): boolean => textOf(event, 'status').toUpperCase() === 'CANCELLED';

interface Reading {
  readonly options: IcsOptions;
  readonly zone: string;
  readonly budget: { steps: number };
}

/** S1. */
function salesOf({ event, exceptions }: Whole, { options, zone, budget }: Reading): IcsSale[] {
  const untilMs = options.nowMs + AHEAD_MS;
  return occurrencesOf(event, exceptions, { zone, untilMs, budget })
    .filter(({ startMs, endMs }) => endMs > options.nowMs && startMs < untilMs)
    .filter((occurrence) => !isCancelled(occurrence.event))
    .map((occurrence) => saleOf(occurrence, timesOf(occurrence.event, options.times)));
}

/** S5. Clocks change by the rules of a year. */
const ZONE_RULE = /^FREQ=YEARLY(;(BYMONTH|BYDAY|BYMONTHDAY|UNTIL|COUNT|INTERVAL)=[^;]*)*$/;

function registerZone(zone: ICAL.Component): void {
  const name = textOf(zone, 'tzid');
  if (name === '') return;
  const rules = zone.getAllSubcomponents().flatMap((part) => part.getAllProperties('rrule'));
  if (!rules.every((rule) => ZONE_RULE.test(String(rule.getFirstValue()))))
    throw new IcsError(`time zone "${name.slice(0, 60)}" changes its clocks by a rule that is not read`);
  ICAL.TimezoneService.register(zone);
}

/** Zones that the file defines are known while it is read. */
function withZones<T>(calendar: ICAL.Component, work: () => T): T {
  ICAL.TimezoneService.reset();
  try {
    for (const zone of calendar.getAllSubcomponents('vtimezone')) registerZone(zone);
    return work();
  } finally {
    ICAL.TimezoneService.reset();
  }
}

/** An event, and what stands for some of its repetitions. */
interface Whole {
  readonly event: ICAL.Component;
  readonly exceptions: readonly ICAL.Component[];
}

/** An exception without its event stands for itself. */
function eventsOf(calendar: ICAL.Component): Whole[] {
  const all = calendar.getAllSubcomponents('vevent');
  if (all.length > MOST.events) throw new IcsError(`more than ${MOST.events} events`);
  const isPart = (event: ICAL.Component): boolean => event.hasProperty('recurrence-id');
  const parts = Map.groupBy(all.filter(isPart), (event) => textOf(event, 'uid'));
  const whole = all.filter((event) => !isPart(event));
  const known = new Set(whole.map((event) => textOf(event, 'uid')));
  return [
    ...whole.map((event) => ({ event, exceptions: parts.get(textOf(event, 'uid')) ?? [] })),
    ...all
      .filter((event) => isPart(event) && !known.has(textOf(event, 'uid')))
      .map((event) => ({ event, exceptions: [] })),
  ];
}

/**
 * The coming sales of a file, earliest first, each once.
 * @throws IcsError in one line
 */
export function salesOfIcs(text: string, options: IcsOptions): IcsSale[] {
  const calendar = calendarOf(text);
  const zone = textOf(calendar, 'x-wr-timezone') || options.zone;
  const events = eventsOf(calendar);
  const reading = { options, zone, budget: { steps: MOST.steps } };
  const found = withZones(calendar, () =>
    events.flatMap((whole) => {
      const { event } = whole;
      try {
        return isCancelled(event) ? [] : salesOf(whole, reading);
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
