import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBody } from '../src/edge/request-body.ts';

const MOST_BYTES = 64 * 1_024;

/** A request whose parts come when the test says so. */
function incoming(headers: IncomingMessage['headers'] = {}) {
  const payload = Object.assign(new EventEmitter(), { headers }) as unknown as IncomingMessage;
  return { payload, read: readBody(payload) };
}

describe('a body', () => {
  it('is read whole, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (parts) => {
        const { payload, read } = incoming();
        for (const part of parts) payload.emit('data', Buffer.from(part));
        payload.emit('end');
        expect(await read).toEqual(Buffer.concat(parts));
      }),
    );
  });

  it('keeps nothing of its parts but their bytes', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { payload, read } = incoming();
    const parts = Array.from({ length: 1_000 }, () => {
      const part = Buffer.alloc(1, 'x');
      payload.emit('data', part);
      return new WeakRef(part);
    });
    await turn();
    collect();
    expect(parts.filter((part) => part.deref() !== undefined)).toEqual([]);
    payload.emit('end');
    expect(String(await read)).toBe('x'.repeat(1_000));
  });

  it('has a longest length, said or not', async () => {
    const { payload, read } = incoming({ 'content-length': String(MOST_BYTES) });
    payload.emit('data', Buffer.alloc(MOST_BYTES));
    payload.emit('end');
    expect((await read).length).toBe(MOST_BYTES);
    const unsaid = incoming();
    for (const length of [MOST_BYTES, 1]) unsaid.payload.emit('data', Buffer.alloc(length));
    await expect(unsaid.read).rejects.toMatchObject({ code: 'body_too_large' });
    const said = incoming({ 'content-length': String(MOST_BYTES + 1) });
    await expect(said.read).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('that breaks off is no defect of ours', async () => {
    const { payload, read } = incoming();
    payload.emit('error', new Error('aborted'));
    await expect(read).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
