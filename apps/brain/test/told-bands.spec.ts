import { expect, test } from 'vitest';
import { Memory } from '../src/watch/memory.ts';
import { seen } from './scene.ts';

/** A shop whose rate goes up and down a little, then as the test says. */
function scene() {
  const memory = new Memory([]);
  let minute = 0;
  const minutes = (count: number, rps: number | undefined): void => {
    for (let i = 0; i < count; i += 1) memory.remember(seen(minute++ * 60_000, rps && rps + 10 * (i % 2)));
  };
  const came = (horizon: string) =>
    Object.fromEntries(
      memory.bands.counts
        .lines()
        .filter(({ labels }) => labels['horizon'] === horizon)
        .map(({ labels, value }) => [labels['came'], value]),
    );
  minutes(200, 400);
  return { memory, minutes, came };
}
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

test('each forecast is judged when its minute has come, once, by the band that was told', () => {
  const { minutes, came } = scene();
  expect([came('5'), came('15'), came('60')].map(sum)).toEqual([195, 185, 140]);
  const before = came('15');
  minutes(15, 4_000);
  expect(came('15')).toEqual({ ...before, above: (before['above'] ?? 0) + 15 });
  minutes(200, 4_000);
  const calm = came('60');
  minutes(60, 10);
  expect(came('60')).toEqual({ ...calm, below: (calm['below'] ?? 0) + 60 });
});

test('a minute that is not known judges nothing, and a clock that was set back forgets what was told of later', () => {
  const { memory, minutes, came } = scene();
  const before = sum(came('15'));
  minutes(3, undefined);
  expect(sum(came('15'))).toBe(before);
  for (let minute = 100; minute < 115; minute += 1) memory.remember(seen(minute * 60_000, 400));
  expect(sum(came('15'))).toBe(before);
  memory.remember(seen(115 * 60_000, 400));
  expect(sum(came('15'))).toBe(before + 1);
});
