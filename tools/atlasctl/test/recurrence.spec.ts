import { expect, test } from 'vitest';
import { calendar, event, read, refusal } from './ics.ts';

/** Starts at nine; what is expected is what python-dateutil 2.9 says. */
test.each([
  ['20240229', 'FREQ=YEARLY', []],
  ['20260130', 'FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=30', ['2027-01-30T09']],
  ['20260531', 'FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31', []],
  ['20261127', 'FREQ=YEARLY;BYWEEKNO=48;BYDAY=FR', ['2026-11-27T09', '2027-12-03T09']],
  ['20260518', 'FREQ=YEARLY;BYDAY=20MO', ['2027-05-17T09']],
  ['20251111', 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=11;BYHOUR=12,0', ['2027-11-11T00', '2027-11-11T12']],
  [
    '20261130',
    'FREQ=MONTHLY;INTERVAL=4;BYMONTHDAY=30,31;BYSETPOS=-1',
    ['2026-11-30T09', '2027-03-31T09', '2027-07-31T09', '2027-11-30T09'],
  ],
  [
    '20261204',
    'FREQ=WEEKLY;COUNT=3;BYDAY=MO,WE,FR;BYSETPOS=-1',
    ['2026-12-04T09', '2026-12-11T09', '2026-12-18T09'],
  ],
  ['20261231', 'FREQ=MONTHLY;INTERVAL=3;BYMONTH=2,10,12;BYMONTHDAY=31', ['2026-12-31T09', '2027-12-31T09']],
  [
    '20251231',
    'FREQ=DAILY;BYMONTH=12;BYMONTHDAY=-1,24',
    ['2026-12-24T09', '2026-12-31T09', '2027-12-24T09', '2027-12-31T09'],
  ],
  ['20261127', 'FREQ=YEARLY;BYMONTH=11;BYDAY=FR;BYSETPOS=4', ['2026-11-27T09', '2027-11-26T09']],
  [
    '20261229',
    'FREQ=WEEKLY;INTERVAL=26;BYDAY=TU,SU;WKST=SU',
    ['2026-12-29T09', '2027-06-27T09', '2027-06-29T09', '2027-12-26T09', '2027-12-28T09'],
  ],
  [
    '20261229',
    'FREQ=WEEKLY;INTERVAL=26;BYDAY=TU,SU;WKST=MO',
    ['2026-12-29T09', '2027-01-03T09', '2027-06-29T09', '2027-07-04T09', '2027-12-28T09'],
  ],
  ['20261201', 'FREQ=HOURLY;INTERVAL=7;COUNT=3', ['2026-12-01T09', '2026-12-01T16', '2026-12-01T23']],
])('from %s on %s is what the standard says', (day, rule, expected) => {
  const sales = read(`DTSTART:${day}T090000Z`, 'DURATION:PT1H', `RRULE:${rule}`);
  expect(sales.map(({ from }) => from.slice(0, 13))).toEqual(expected);
});

test('whole days are repeated as such, and the start is one whatever the rule says', () => {
  const sales = read('DTSTART;VALUE=DATE:20261201', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270129');
  expect(sales.map(({ from, minutes }) => [from.slice(0, 13), minutes])).toEqual([
    ['2026-12-01T00', 1_440],
    ['2026-12-25T00', 1_440],
    ['2027-01-29T00', 1_440],
  ]);
});

test('years that are looked at day by day are bounded as seconds are', () => {
  const years = event('DTSTART:17000101T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=YEARLY;BYDAY=53SU');
  const text = calendar(...Array.from({ length: 30 }, () => years).flat());
  expect(refusal(text)).toMatch(/repeats too often$/);
});

test.each(['', ';BYSETPOS=-1'])('the times of a day%s are bounded as seconds are', (positions) => {
  const clocks = `BYHOUR=${[...Array(24).keys()].join(',')};BYMINUTE=${[...Array(60).keys()].join(',')}`;
  const rule = `RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;${clocks}${positions}`;
  const text = calendar(...event('DTSTART:20260901T000000Z', 'DURATION:PT1M', rule));
  expect(refusal(text)).toMatch(/repeats too often$/);
});

test.each([
  ['DTSTART:20270230T090000Z', 'DTSTART is no time: 2027-02-30T09:00:00Z'],
  ['DTSTART;VALUE=DATE:20271301', 'DTSTART is no time: 2027-13-01'],
  ['RDATE:20270101T090000Z,20270101T250000Z', 'RDATE is no time: 2027-01-01T25:00:00Z'],
  ['RRULE:FREQ=DAILY;UNTIL=20270230T090000Z', 'UNTIL is no time: 2027-02-30T09:00:00Z'],
  ['RRULE:FREQ=DAILY;UNTIL=20270230', 'UNTIL is no time: 2027-02-30'],
  ['RRULE:COUNT=3', 'its rule has no FREQ'],
  ['RRULE:FREQ=DAILY;COUNT=-1', 'it repeats -1 times'],
  ['DTSTART;VALUE=DATE:20261201\r\nRRULE:FREQ=HOURLY;COUNT=3', 'a whole day is not repeated HOURLY'],
  ['RRULE:FREQ=YEARLY;BYEASTER=-2', 'BYEASTER in its rule is not read'],
  ['RRULE:FREQ=YEARLY;RSCALE=HEBREW', 'RSCALE in its rule is not read'],
  ['EXRULE:FREQ=YEARLY', 'EXRULE is not read'],
])('%s is refused: without it the event would be another one', (line, why) => {
  const start = line.startsWith('DTSTART') ? [] : ['DTSTART:20261201T090000Z'];
  expect(refusal(calendar(...event(...start, 'DURATION:PT1H', 'SUMMARY:A', line)))).toBe(`"A": ${why}`);
});

test('a rule may end with a semicolon', () => {
  expect(read('DTSTART:20261201T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=3;')).toHaveLength(3);
});
