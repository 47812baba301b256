import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loop } from './loop.ts';

const ANSWERED = /\d+(?=\n$)/;
/** What may befall a scrape, and how the status must name it. */
const TROUBLES: Readonly<Record<string, (text: string, earlier: string) => string>> = {
  missing: () => {
    throw new Error('away');
  },
  unreadable: () => '<html></html>',
  replayed: (_, earlier) => earlier,
  'a counter that is no number': (text) => text.replace(ANSWERED, 'NaN'),
  'a negative counter': (text) => text.replace(ANSWERED, '-5'),
  'a counter ten times as high': (text) =>
    text.replace(ANSWERED, (count) => String(Number(count) * 10 + 60_000)),
  'callers that no host has': (text) =>
    `${text}atlas_database_connections{module="cart",state="waiting"} 1e9\n`,
  'a stand-still that nobody could tell of': (text) =>
    `${text}atlas_event_loop_delay_seconds{quantile="0.99"} 1e9\n`,
  'an absurd counter': (text) => text.replace(ANSWERED, '1e300'),
  'half a text': (text) => text.slice(0, -30),
};

test('whatever befalls its telemetry, a steady load makes it say nothing at full autonomy, and each trouble is told', async () => {
  const step = fc.record({
    trouble: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      fc.constantFrom(...Object.keys(TROUBLES)),
    ),
    clock: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.constantFrom(10, -100, 3_600)),
    /** Requests that never came, on the counter once: fewer than a machine can do, so that nobody can tell. */
    more: fc.option(fc.integer({ min: 1, max: 6_000 }), { nil: 0, freq: 2 }),
  });
  let spikes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const { wire, watch, mind, seconds, switcher, world } = loop();
      switcher.set({ level: 4 });
      await seconds(3);
      let earlier = '';
      let calm = 0;
      for (const { trouble, clock, more } of steps) {
        const spike = calm >= 3 && clock === 1 && trouble === undefined ? more : 0; // beside seconds that are right
        world.arrived += spike;
        if (spike > 0) spikes += 1;
        calm = spike === 0 && trouble === undefined && clock === 1 ? calm + 1 : 0;
        wire.through = (text) => {
          const sent = trouble === undefined ? text : (TROUBLES[trouble]?.(text, earlier) ?? text);
          if (trouble === undefined) earlier = text;
          return sent;
        };
        await seconds(1, clock);
        const { second } = watch.health();
        if (mind.last) expect(mind.last.decision.proposal).toEqual({ kind: 'none' });
        if (trouble !== undefined) expect([second?.covered, mind.last]).toEqual([0, undefined]);
        if (trouble !== undefined || clock !== 1) expect(second?.flaws).not.toEqual([]);
      }
      expect(switcher.heard).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(spikes).toBeGreaterThan(20);
});
