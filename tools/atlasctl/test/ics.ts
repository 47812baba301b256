/** iCalendar files of a few lines, and what is read of them. */
import { IcsError, salesOfIcs } from '../src/sales-of-ics.ts';

/** Of every reading, if it does not say otherwise. */
export const options = { nowMs: Date.parse('2026-11-26T12:00:00Z'), times: 2, zone: 'UTC' };

/** The text of a file. */
export const calendar = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...lines, 'END:VCALENDAR'].join('\r\n');
/** The lines of an event. */
export const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', 'UID:a', ...lines, 'END:VEVENT'];
/** The sales of a file with one event. */
export const read = (...lines: string[]) => salesOfIcs(calendar(...event(...lines)), options);
/** … each as `FROM MINUTES`. */
export const times = (...lines: string[]): string[] =>
  read(...lines).map(({ from, minutes }) => `${from.replace(':00.000Z', '')} ${minutes}`);
/** What is said of a text that is refused. @throws Error when it is not */
export const refusal = (text: string): string => {
  try {
    salesOfIcs(text, options);
  } catch (error) {
    if (error instanceof IcsError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

/** A zone that a file defines. */
export const SUMMER_AND_WINTER = `BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE`;
