import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IcsError, salesOfIcs } from '../src/sales-of-ics.ts';
import { calendar, event, options, read, refusal, SUMMER_AND_WINTER, times } from './ics.ts';

describe('times (S3)', () => {
  test.each([
    ['in UTC', ['DTSTART:20261127T000000Z', 'DTEND:20261127T020000Z'], '2026-11-27T00:00 120'],
    ['by its length', ['DTSTART:20261127T000000Z', 'DURATION:PT90M'], '2026-11-27T00:00 90'],
    [
      'of an IANA zone that the file does not define',
      ['DTSTART;TZID=America/New_York:20261127T090000', 'DTEND;TZID=America/New_York:20261127T100000'],
      '2026-11-27T14:00 60',
    ],
    [
      'from one zone to another',
      ['DTSTART;TZID=Europe/Vienna:20261127T090000', 'DTEND:20261127T090000Z'],
      '2026-11-27T08:00 60',
    ],
    ['of a whole day', ['DTSTART;VALUE=DATE:20261127'], '2026-11-27T00:00 1440'],
    ['without a zone', ['DTSTART:20261127T090000', 'DURATION:PT1H'], '2026-11-27T09:00 60'],
    ['that began before now', ['DTSTART:20261126T110000Z', 'DURATION:PT2H'], '2026-11-26T11:00 120'],
    ['to the minute, outwards', ['DTSTART:20261127T000030Z', 'DURATION:PT60S'], '2026-11-27T00:00 2'],
  ])('%s', (_, lines, sale) => expect(times(...lines)).toEqual([sale]));

  test('of a zone that the file defines, in winter and in summer', () => {
    const sales = ['20261127T090000', '20270601T090000'].flatMap((at) =>
      event(`DTSTART;TZID=Ours:${at}`, 'DURATION:PT1H', `SUMMARY:${at}`),
    );
    const found = salesOfIcs(calendar(...SUMMER_AND_WINTER.split('\n'), ...sales), options);
    expect(found.map(({ from }) => from)).toEqual(['2026-11-27T08:00:00.000Z', '2027-06-01T07:00:00.000Z']);
  });

  test('a whole day is one of the calendar, or of who asks', () => {
    const day = event('DTSTART;VALUE=DATE:20261127');
    expect(salesOfIcs(calendar('X-WR-TIMEZONE:Europe/Vienna', ...day), options)).toMatchObject([
      { from: '2026-11-26T23:00:00.000Z', minutes: 1_440 },
    ]);
    expect(salesOfIcs(calendar(...day), { ...options, zone: 'Asia/Tokyo' })).toMatchObject([
      { from: '2026-11-26T15:00:00.000Z' },
    ]);
  });

  test('a sale over a change of the clock lasts as long as it does', () => {
    const lines = ['DTSTART;TZID=Europe/Vienna:20270328T010000', 'DTEND;TZID=Europe/Vienna:20270328T040000'];
    expect(times(...lines)).toEqual(['2027-03-28T00:00 120']);
  });
});

describe('repetitions (S1)', () => {
  test('are sales of their own, by the clocks of their zone, but for those that are left out or cancelled', () => {
    const sales = salesOfIcs(
      calendar(
        ...event(
          ...['DTSTART;TZID=Europe/Vienna:20270319T090000', 'DURATION:PT1H', 'SUMMARY:Friday'],
          ...['RRULE:FREQ=WEEKLY;COUNT=5', 'EXDATE;TZID=Europe/Vienna:20270402T090000'],
        ),
        ...event(
          ...[
            'RECURRENCE-ID;TZID=Europe/Vienna:20270409T090000',
            'DTSTART;TZID=Europe/Vienna:20270409T120000',
          ],
          ...['DURATION:PT2H', 'SUMMARY:later', 'X-ATLAS-TIMES:5'],
        ),
        ...event(
          ...[
            'RECURRENCE-ID;TZID=Europe/Vienna:20270416T090000',
            'DTSTART;TZID=Europe/Vienna:20270416T090000',
          ],
          ...['DURATION:PT1H', 'STATUS:CANCELLED'],
        ),
      ),
      options,
    );
    expect(
      sales.map(({ from, minutes, times: of, title }) => [from.slice(0, 16), minutes, of, title]),
    ).toEqual([
      ['2027-03-19T08:00', 60, 2, 'Friday'],
      ['2027-03-26T08:00', 60, 2, 'Friday'],
      ['2027-04-09T10:00', 120, 5, 'later'],
    ]);
  });

  test('end with the horizon of 400 days, and past ones are none', () => {
    const sales = read('DTSTART:20200101T000000Z', 'DURATION:PT1H', 'RRULE:FREQ=MONTHLY');
    expect(sales).toHaveLength(13);
    expect(sales[0]?.from).toBe('2026-12-01T00:00:00.000Z');
    expect(read('DTSTART:20200101T000000Z', 'DURATION:PT1H')).toEqual([]);
    expect(read('DTSTART:20280101T000000Z', 'DURATION:PT1H')).toEqual([]);
  });

  test.each(['FREQ=SECONDLY', 'FREQ=DAILY;INTERVAL=0', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'])(
    'without a reasonable end are bounded: %s (S5)',
    (rule) => {
      const text = calendar(...event('DTSTART:20260101T000000Z', 'DURATION:PT1M', `RRULE:${rule}`));
      const outcome = ((): unknown => {
        try {
          return salesOfIcs(text, options).length;
        } catch (error) {
          return error;
        }
      })();
      if (typeof outcome === 'number') expect(outcome).toBeLessThanOrEqual(500);
      else expect(outcome).toBeInstanceOf(IcsError);
    },
  );
});

describe('how much traffic is expected (S2)', () => {
  const AT = ['DTSTART:20261127T000000Z', 'DURATION:PT1H'];
  test.each([
    [['X-ATLAS-TIMES:8'], 8],
    [['CATEGORIES:Sale,ATLAS-TIMES=2.5'], 2.5],
    [['X-ATLAS-TIMES;VALUE=FLOAT:8'], 8],
    [['X-ATLAS-TIMES;VALUE=INTEGER:3'], 3],
    [['CATEGORIES:Sale'], 2],
    [[], 2],
  ])('%j', (lines, expected) => expect(read(...AT, ...lines)).toMatchObject([{ times: expected }]));

  test.each(['X-ATLAS-TIMES:many', 'X-ATLAS-TIMES:-1', 'X-ATLAS-TIMES:0', 'CATEGORIES:ATLAS-TIMES=1e9'])(
    '%s is refused',
    (line) => expect(refusal(calendar(...event(...AT, line, 'SUMMARY:X')))).toMatch(/^"X": times/),
  );
});

describe('a file is refused in one line (S4, S5)', () => {
  test.each([
    ['nothing', '', /no iCalendar file/],
    ['something else', '<html>', /no iCalendar file/],
    ['a file that is cut off', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT', /no iCalendar file/],
    [
      'a length of time that is added',
      calendar(
        ...event('SUMMARY:A', ...['DTSTART:20261127T000000Z', 'RDATE;VALUE=PERIOD:20261206T090000Z/PT2H']),
      ),
      /^"A": RDATE must be times; periods are not read/,
    ],
    ['no start', calendar(...event('SUMMARY:A')), /^"A": it has no DTSTART/],
    ['a start that is no time', calendar(...event('SUMMARY:A', 'DTSTART:soon')), /^"A": it cannot be read/],
    ['no end', calendar(...event('SUMMARY:A', 'DTSTART:20261127T000000Z')), /^"A": it lasts no time/],
    [
      'an end before the start',
      calendar(...event('SUMMARY:A', 'DTSTART:20261127T000000Z', 'DTEND:20261126T130000Z')),
      /^"A": it lasts no time/,
    ],
    [
      'a year',
      calendar(...event('SUMMARY:A', 'DTSTART:20261127T000000Z', 'DURATION:P365D')),
      /^"A": it lasts longer than 31 days/,
    ],
    [
      'a zone that nobody knows',
      calendar(...event('SUMMARY:A', 'DTSTART;TZID=Mars/Olympus:20261127T000000', 'DURATION:PT1H')),
      /^"A": time zone "Mars\/Olympus" is neither/,
    ],
    [
      'a rule that is none',
      calendar(...event('SUMMARY:A', 'DTSTART:20261127T000000Z', 'DURATION:PT1H', 'RRULE:FREQ=SOMETIMES')),
      /^no iCalendar file: .*SOMETIMES/,
    ],
    ['too much', calendar(`X-LONG:${'x'.repeat(2 ** 20)}`), /longer than 1 MB/],
    [
      'too many events',
      calendar(...Array.from({ length: 1_001 }, () => event('DTSTART:20261127T000000Z')).flat()),
      /more than 1000 events/,
    ],
    [
      'too many sales',
      calendar(...event('DTSTART:20261127T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=HOURLY')),
      /more than 500 sales/,
    ],
  ])('%s', (_, text, why) => {
    expect(refusal(text)).toMatch(why);
    expect(refusal(text)).not.toContain('\n');
  });

  test('but not for the mark that programs of Windows write before the text', () => {
    const sale = event('DTSTART:20261127T090000Z', 'DURATION:PT1H');
    expect(salesOfIcs(`\uFEFF${calendar(...sale)}`, options)).toHaveLength(1);
  });

  test('whatever stands in it', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '20261127T000000Z',
        '20261127',
        'P1D',
        'FREQ=DAILY;COUNT=3',
        '99999999T999999Z',
        'a\\nb',
      ),
    );
    const line = fc.tuple(
      fc.constantFrom(
        'DTSTART:',
        'DTEND:',
        'DURATION:',
        'RRULE:',
        'RDATE:',
        'EXDATE:',
        'SUMMARY:',
        'UID:',
        '',
      ),
      value,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = calendar(...event('DTSTART:20261127T000000Z', ...lines.map((parts) => parts.join(''))));
        try {
          for (const { minutes, from } of salesOfIcs(text, options)) {
            expect(minutes).toBeGreaterThanOrEqual(1);
            expect(from).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(IcsError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
    );
  });
});
