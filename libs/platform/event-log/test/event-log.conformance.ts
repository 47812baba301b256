import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event, EventReader, NewEvent } from '../src/index.ts';

/** An event written, but not yet committed. */
export interface HeldEvent {
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

/** What an adapter shows to the suite. */
export interface EventLogUnderTest {
  readonly reader: EventReader;
  /** A reader of another process. */
  anotherReader(): EventReader;
  /** Writes and commits. */
  publish(event: NewEvent): Promise<void>;
  /** Writes in a transaction that no time-out ends, and leaves it open. */
  hold(event: NewEvent): Promise<HeldEvent>;
  close(): Promise<void>;
}

const HELD_FOR_MS = 5_000;

const eventOf = (name: string, aggregateId: string, version = 1): NewEvent => ({
  name,
  aggregateId,
  version,
  payload: { of: aggregateId },
  rootId: '0123456789abcdef',
});
const ids = (events: readonly Event[]): string[] =>
  events.map((event) => `${event.aggregateId}@${event.version}`);

/** The same cases for every adapter of the event log. */
export function eventLogConformance(adapter: string, open: () => Promise<EventLogUnderTest>): void {
  let log: EventLogUnderTest;

  /** Handles everything pending once, as a pump does, and tells what it was. */
  const drain = async (reader: EventReader, consumer: string, name: string): Promise<string[]> => {
    const events = await reader.pending(consumer, name, 1_000);
    for (const event of events) await reader.done(consumer, event);
    return ids(events);
  };

  describe(`event log: ${adapter}`, () => {
    beforeAll(async () => {
      log = await open();
    });
    afterAll(() => log.close());

    test('an event arrives as it was written, until it is done', async () => {
      const name = `n.${randomUUID()}`;
      await log.publish(eventOf(name, 'a'));
      const [event] = await log.reader.pending('c', name, 10);
      expect(event).toMatchObject(eventOf(name, 'a'));
      expect(Math.abs((event?.at ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(ids(await log.reader.pending('c', name, 10))).toEqual(['a@1']);
      await drain(log.reader, 'c', name);
      expect(await log.reader.pending('c', name, 10)).toEqual([]);
    });

    test('each consumer has its own progress, each name its own queue', async () => {
      const [name, other] = [`n.${randomUUID()}`, `n.${randomUUID()}`];
      await log.publish(eventOf(name, 'a'));
      await log.publish(eventOf(other, 'b'));
      expect(await drain(log.reader, 'one', name)).toEqual(['a@1']);
      expect(ids(await log.reader.pending('two', name, 10))).toEqual(['a@1']);
      expect(ids(await log.reader.pending('one', other, 10))).toEqual(['b@1']);
    });

    test('versions of one aggregate arrive oldest first, and no more than asked for', async () => {
      const name = `n.${randomUUID()}`;
      for (const version of [1, 2, 3]) await log.publish(eventOf(name, 'a', version));
      expect(ids(await log.reader.pending('c', name, 2))).toEqual(['a@1', 'a@2']);
    });

    test('aggregates that are left alone hide nothing behind them', async () => {
      const name = `n.${randomUUID()}`;
      for (const aggregate of ['a', 'b', 'c']) await log.publish(eventOf(name, aggregate));
      await log.publish(eventOf(name, 'a', 2));
      expect(ids(await log.reader.pending('c', name, 1, ['a', 'b']))).toEqual(['c@1']);
      expect(await log.reader.pending('c', name, 10, ['a', 'b', 'c'])).toEqual([]);
      expect(ids(await log.reader.pending('c', name, 10))).toEqual(['a@1', 'b@1', 'c@1', 'a@2']);
    });

    test('doing an event twice changes nothing', async () => {
      const name = `n.${randomUUID()}`;
      await log.publish(eventOf(name, 'a'));
      const [event] = await log.reader.pending('c', name, 10);
      if (!event) throw new Error('no event');
      await Promise.all([log.reader.done('c', event), log.anotherReader().done('c', event)]);
      expect(await log.reader.pending('c', name, 10)).toEqual([]);
    });

    test('another reader goes on where the first one stopped', async () => {
      const name = `n.${randomUUID()}`;
      for (let n = 0; n < 250; n += 1) await log.publish(eventOf(name, `a${n}`));
      for (const event of await log.reader.pending('c', name, 120)) await log.reader.done('c', event);
      expect(await drain(log.anotherReader(), 'c', name)).toHaveLength(130);
      expect(await log.reader.pending('c', name, 10)).toEqual([]);
    });

    test('an event whose transaction rolls back never arrives', async () => {
      const name = `n.${randomUUID()}`;
      const held = await log.hold(eventOf(name, 'gone'));
      await log.publish(eventOf(name, 'kept'));
      await held.rollBack();
      expect(await drain(log.reader, 'c', name)).toEqual(['kept@1']);
      expect(await drain(log.reader, 'c', name)).toEqual([]);
    });

    test('a transaction held open for 5 s delays nobody, and its event arrives when it commits', async () => {
      const name = `n.${randomUUID()}`;
      const held = await log.hold(eventOf(name, 'late'));
      const seen: string[] = [];
      const expected: string[] = [];
      const until = Date.now() + HELD_FOR_MS;
      for (let n = 0; Date.now() < until; n += 1) {
        await log.publish(eventOf(name, `e${n}`));
        expected.push(`e${n}@1`);
        seen.push(...(await drain(n % 2 === 0 ? log.reader : log.anotherReader(), 'c', name)));
      }
      expect(seen).toEqual(expected);
      await held.commit();
      expect(await drain(log.reader, 'c', name)).toEqual(['late@1']);
      expect(await drain(log.anotherReader(), 'c', name)).toEqual([]);
    });

    test('nothing is lost or doubled when many transactions overlap', async () => {
      const name = `n.${randomUUID()}`;
      const seen: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        const held = await Promise.all([0, 1, 2, 3].map((n) => log.hold(eventOf(name, `r${round}-${n}`))));
        for (const open of held.toReversed()) {
          await open.commit();
          seen.push(...(await drain(log.reader, 'c', name)));
        }
      }
      expect(seen).toHaveLength(80);
      expect(new Set(seen).size).toBe(80);
    });
  });
}
