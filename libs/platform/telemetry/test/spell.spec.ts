import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { spell, tellDrops } from '../src/index.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('a spell of like events', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function spells() {
    const told: string[] = [];
    const event = spell<string>({
      begins: (first) => told.push(`begins with ${first}`),
      ends: (count) => told.push(`ends after ${count}`),
      quietMs: 1_000,
    });
    return { told, event };
  }

  it('is told at its beginning and at its end, however long it lasts', () => {
    const { told, event } = spells();
    for (let at = 0; at < 10_000; at += 500) {
      event(`the one at ${at}`);
      vi.advanceTimersByTime(500);
    }
    expect(told).toEqual(['begins with the one at 0']);
    vi.advanceTimersByTime(500);
    expect(told).toEqual(['begins with the one at 0', 'ends after 20']);
  });

  it('has no end to tell of when it was a single event, and the next one begins anew', () => {
    const { told, event } = spells();
    event('one');
    vi.advanceTimersByTime(1_000);
    event('another');
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['begins with one', 'begins with another']);
  });
});

it('connections over the limit are told of once, with what to do, and not one by one', async () => {
  const told: [object, string][] = [];
  const server = createServer().listen(0, '127.0.0.1');
  server.maxConnections = 1;
  tellDrops(
    server,
    { warn: (facts, text) => void told.push([facts, text]) },
    { listener: 'edge', advice: 'do' },
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [kept, ...over] = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
  await Promise.all(over.map((socket) => once(socket, 'close')));
  expect(told).toEqual([
    [{ listener: 'edge', most: 1 }, 'too many connections: new ones are closed until others end; do'],
  ]);
  kept?.destroy();
  server.close();
});
