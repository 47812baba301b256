import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startEdge, type EdgeFixture } from './edge-fixture.ts';

const BEGUN = 'http.server.request.start';
const BODY_BYTES = 1_000;

let edge: EdgeFixture;
/** Of the products that were asked for, oldest first. */
let gates: PromiseWithResolvers<void>[];
let requests: IncomingMessage[];
const hold = (): Promise<void> => {
  const gate = Promise.withResolvers<void>();
  gates.push(gate);
  return gate.promise;
};
const note = (told: unknown): void => void requests.push((told as { request: IncomingMessage }).request);

beforeEach(async () => {
  requests = [];
  gates = [];
  subscribe(BEGUN, note);
  edge = await startEdge({ hold });
});
afterEach(async () => {
  unsubscribe(BEGUN, note);
  for (const gate of gates) gate.resolve();
  await edge.close();
});

it.each(['GET /api/products', 'POST /api/nothing', 'POST /api/%zz'])(
  '%s: a body that nobody reads is not kept until the answers before it are through',
  async (line) => {
    const client = connect(edge.port, '127.0.0.1').on('error', () => undefined);
    client.write('GET /api/products/blue-mug HTTP/1.1\r\nhost: x\r\n\r\n');
    client.write(`${line} HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 * BODY_BYTES}\r\n\r\n`);
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    const before = requests[1]?.socket.bytesRead ?? 0;
    client.write('x'.repeat(BODY_BYTES));
    await vi.waitFor(() => expect(requests[1]?.socket.bytesRead).toBe(before + BODY_BYTES));
    await vi.waitFor(() => expect(requests[1]?.readableLength).toBe(0));
    client.destroy();
  },
);

it('is not kept either when it has come whole before its request is answered', async () => {
  const client = connect(edge.port, '127.0.0.1').on('error', () => undefined);
  const line = 'GET /api/products/blue-mug HTTP/1.1\r\nhost: x\r\n';
  client.write(`${line}\r\n${line}content-length: ${BODY_BYTES}\r\n\r\n${'x'.repeat(BODY_BYTES)}`);
  await vi.waitFor(() => expect([gates.length, requests[1]?.complete]).toEqual([2, true]));
  gates[1]?.resolve();
  await vi.waitFor(() => expect(requests[1]?.readableLength).toBe(0));
  client.destroy();
});
