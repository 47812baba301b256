import { describe, expect, test } from 'vitest';
import { salesOfIcs } from '../src/sales-of-ics.ts';
import { calendar, event, options, refusal, SUMMER_AND_WINTER, times } from './ics.ts';

describe('repetitions over zones (O1)', () => {
  const VIENNA = ['DTSTART;TZID=Europe/Vienna:20261204T090000', 'DURATION:PT1H'];
  const friday = (...days: number[]): string[] =>
    days.map((day) => `2026-12-${String(day).padStart(2, '0')}T08:00 60`);

  test.each([
    ['one that is left out, in UTC', ['EXDATE:20261211T080000Z'], friday(4, 18)],
    [
      'one that is left out, in a third zone',
      ['EXDATE;TZID=America/New_York:20261211T030000'],
      friday(4, 18),
    ],
    ['a day that is left out', ['EXDATE;VALUE=DATE:20261211'], friday(4, 18)],
    [
      'dates that are left out, one of which is none and one said twice',
      ['EXDATE:20261207T080000Z', 'EXDATE:20261211T080000Z,20261211T080000Z', 'EXDATE:20261218T080000Z'],
      friday(4),
    ],
    [
      'one more, in another zone',
      ['RDATE;TZID=America/New_York:20261206T090000'],
      [...friday(4), '2026-12-06T14:00 60', ...friday(11, 18)],
    ],
  ])('%s', (_, lines, sales) => {
    expect(times(...VIENNA, 'RRULE:FREQ=WEEKLY;COUNT=3', ...lines)).toEqual(sales);
  });

  test('an end in UTC is that moment: the last one at Tokyo is one, the first one after it at New York none', () => {
    const tokyo = ['DTSTART;TZID=Asia/Tokyo:20261201T020000', 'DURATION:PT1H'];
    expect(times(...tokyo, 'RRULE:FREQ=DAILY;UNTIL=20261202T170000Z')).toHaveLength(3);
    const york = ['DTSTART;TZID=America/New_York:20261201T200000', 'DURATION:PT1H'];
    expect(times(...york, 'RRULE:FREQ=DAILY;UNTIL=20261203T005959Z')).toHaveLength(1);
  });

  test('an end of the day in another zone makes each as long as the first', () => {
    const lines = ['DTSTART;TZID=Europe/Vienna:20261204T090000', 'DTEND:20261204T090000Z'];
    const text = calendar('X-WR-TIMEZONE:Europe/Vienna', ...event(...lines, 'RRULE:FREQ=WEEKLY;COUNT=2'));
    expect(salesOfIcs(text, options).map(({ minutes }) => minutes)).toEqual([60, 60]);
  });

  test('its first time is one where only dates are added', () => {
    const lines = ['DTSTART:20261204T090000Z', 'DURATION:PT1H', 'RDATE:20261206T090000Z,20261204T090000Z'];
    expect(times(...lines)).toEqual(['2026-12-04T09:00 60', '2026-12-06T09:00 60']);
  });

  test('of a nightly sale over a change of the clock each ends when its clocks say so', () => {
    const zone = ';TZID=Europe/Vienna:';
    const lines = [
      `DTSTART${zone}20270327T230000`,
      `DTEND${zone}20270328T040000`,
      'RRULE:FREQ=DAILY;COUNT=2',
    ];
    expect(times(...lines)).toEqual(['2027-03-27T22:00 240', '2027-03-28T21:00 300']);
  });
});

describe('exceptions (O2)', () => {
  const weekly = (uid: string, ...lines: string[]): string[] => [
    ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTART;TZID=Europe/Vienna:20261204T090000', 'DURATION:PT1H'],
    ...[`SUMMARY:${uid}`, 'RRULE:FREQ=WEEKLY;COUNT=3', ...lines, 'END:VEVENT'],
  ];
  const exception = (uid: string, ...lines: string[]): string[] => [
    ...['BEGIN:VEVENT', `UID:${uid}`, `SUMMARY:${uid} otherwise`, ...lines, 'END:VEVENT'],
  ];
  const told = (...lines: string[]): string[] =>
    salesOfIcs(calendar(...lines), options).map(({ from, title }) => `${from.slice(8, 16)} ${title}`);

  test.each(['RECURRENCE-ID:20261211T080000Z', 'RECURRENCE-ID;TZID=Europe/Vienna:20261211T090000'])(
    '%s stands for that one, and for none of another event at the same time',
    (id) => {
      const other = exception('b', id, 'DTSTART:20261211T150000Z', 'DURATION:PT2H');
      expect(told(...weekly('a', 'X-ATLAS-TIMES:3'), ...weekly('b'), ...other)).toEqual(
        ['04T08:00 a', '04T08:00 b', '11T08:00 a', '11T15:00 b otherwise', '18T08:00 a', '18T08:00 b'].sort(),
      );
    },
  );

  test('one that is cancelled cancels nothing of another event', () => {
    const none = exception(
      'b',
      'RECURRENCE-ID:20261211T080000Z',
      'STATUS:CANCELLED',
      'DTSTART:20261211T080000Z',
    );
    expect(told(...weekly('a'), ...none)).toEqual(['04T08:00 a', '11T08:00 a', '18T08:00 a']);
  });

  test.each([
    ['is cancelled', ['STATUS:CANCELLED'], ['04T08:00 a', '18T08:00 a']],
    [
      'has an end of its own',
      ['DURATION:PT2H', 'X-ATLAS-TIMES:5'],
      ['04T08:00 a', '11T08:00 a otherwise', '18T08:00 a'],
    ],
  ])('one without a start, that %s, is of when it would have begun', (_, lines, sales) => {
    expect(told(...weekly('a'), ...exception('a', 'RECURRENCE-ID:20261211T080000Z', ...lines))).toEqual(
      sales,
    );
  });

  test('one of which nobody knows when it is, or how long, refuses the file', () => {
    const wrong = (...lines: string[]) => refusal(calendar(...weekly('a'), ...exception('a', ...lines)));
    expect(wrong('RECURRENCE-ID:20261211T080000Z')).toMatch(/^"a": it lasts no time/);
    expect(wrong('RECURRENCE-ID;VALUE=TEXT:soon', 'STATUS:CANCELLED')).toMatch(/^"a": RECURRENCE-ID/);
  });

  test('one that stands for all that follow moves them alike', () => {
    const later = exception(
      'a',
      ...['RECURRENCE-ID;RANGE=THISANDFUTURE:20261211T080000Z', 'DTSTART:20261211T100000Z', 'DURATION:PT1H'],
    );
    expect(told(...weekly('a'), ...later)).toEqual([
      ...['04T08:00 a', '11T10:00 a otherwise', '18T10:00 a otherwise'],
    ]);
  });
});

describe('rules that never come, or too often (O3)', () => {
  test.each([
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTHDAY=-31;BYMONTH=2',
    'FREQ=DAILY;INTERVAL=100000',
    'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  ])('%s has no more than its start', (rule) => {
    expect(times('DTSTART:20261204T090000Z', 'DURATION:PT1H', `RRULE:${rule}`).length).toBeLessThan(2);
  });

  test.each(['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=DAILY;INTERVAL=1000000000'])(
    '%s is refused',
    (rule) => {
      const lines = ['DTSTART:20261204T090000Z', 'DURATION:PT1M', `RRULE:${rule}`, 'SUMMARY:A'];
      expect(refusal(calendar(...event(...lines)))).toMatch(/^"A": repeats/);
    },
  );

  test('two daily sales since 1990 are none too many', () => {
    const daily = [1, 2].map((hour) =>
      event(`DTSTART:19900101T0${hour}0000Z`, 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20261130T235959Z'),
    );
    expect(salesOfIcs(calendar(...daily.flat()), options)).toHaveLength(8);
  });

  test('a zone that changes its clocks each second is refused', () => {
    const zone = SUMMER_AND_WINTER.replaceAll(/RRULE:.*/g, 'RRULE:FREQ=SECONDLY');
    const sale = event('DTSTART;TZID=Ours:20261127T090000', 'DURATION:PT1H');
    expect(refusal(calendar(...zone.split('\n'), ...sale))).toMatch(/^time zone "Ours" changes/);
  });

  test('a zone without a name is left alone', () => {
    const sale = event('DTSTART:20261127T090000Z', 'DURATION:PT1H');
    const zone = ['BEGIN:VTIMEZONE', 'END:VTIMEZONE'];
    expect(salesOfIcs(calendar(...zone, ...sale), options)).toHaveLength(1);
  });
});
