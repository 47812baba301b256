import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IcsError, salesOfIcs } from '../src/sales-of-ics.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const options = { nowMs: NOW, times: 2, zone: 'UTC' };

const calendar = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...lines, 'END:VCALENDAR'].join('\r\n');
const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', 'UID:a', ...lines, 'END:VEVENT'];
const read = (...lines: string[]) => salesOfIcs(calendar(...event(...lines)), options);
const times = (...lines: string[]): string[] =>
  read(...lines).map(({ from, minutes }) => `${from.replace(':00.000Z', '')} ${minutes}`);
const refusal = (text: string): string => {
  try {
    salesOfIcs(text, options);
  } catch (error) {
    if (error instanceof IcsError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

const SUMMER_AND_WINTER = `BEGIN:VTIMEZONE
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
