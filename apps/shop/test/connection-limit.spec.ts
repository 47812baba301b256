import { describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connectionLimit, tellDrops } from '../src/edge/connection-limit.ts';

const limits = (open: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${open}                 524288               files\n`;

describe('the limit of client connections', () => {
  it.each([
    ['1024', 768],
    ['300', 44],
    ['100', 32],
    ['20000', 12_000],
    ['unlimited', 12_000],
  ])('leaves descriptors for everything else: %s open files, %i connections', (open, connections) => {
    expect(connectionLimit(limits(open))).toBe(connections);
  });
  it('is the most where the system does not say', () => {
    expect(connectionLimit('')).toBe(12_000);
  });
  it('is told of when it is reached, not for every connection', async () => {
    const told: { limit: number; dropped: number }[] = [];
    const server = createServer().listen(0, '127.0.0.1');
    server.maxConnections = 1;
    tellDrops(server, (facts) => told.push(facts));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [kept, ...over] = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
    await Promise.all(over.map((socket) => once(socket, 'close')));
    expect(told).toEqual([{ limit: 1, dropped: 1 }]);
    kept?.destroy();
    server.close();
  });
});
