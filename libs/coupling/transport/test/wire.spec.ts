import type { CallFrame, Reply } from '@atlas/coupling-runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, decode, encodeCall, encodeReply, FrameError, MAX_FRAME_BYTES } from '../src/frames.ts';
import { mismatchOf, sameSecret } from '../src/identity.ts';
import { LineReader } from '../src/line-reader.ts';
import { Pulse } from '../src/pulse.ts';

const json = fc.jsonValue();
const plain = json.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const hex16 = fc.stringMatching(/^[0-9a-f]{16}$/);

const frames: fc.Arbitrary<CallFrame> = fc.record({
  module: fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
  operation: fc.stringMatching(/^[a-z][A-Za-z0-9]{0,62}$/),
  input: plain,
  rootId: hex16,
  epoch: fc.integer({ min: 1 }),
  deadlineAt: fc.integer({ min: 1 }),
  traceparent: fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
  key: fc.option(fc.string(), { nil: undefined }),
});

describe('the codec', () => {
  it('brings every call across unchanged, in one line', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1 }), (frame, id) => {
        const text = encodeCall(id, frame);
        expect(text.indexOf('\n')).toBe(text.length - 1);
        const decoded = decode(text.trimEnd());
        expect(decoded).toMatchObject({ t: 'call', id });
        if (decoded.t === 'call') expect(callOf(decoded, 0)).toEqual(frame);
      }),
    );
  });

  it('brings every answer across unchanged', () => {
    fc.assert(
      fc.property(plain, (output) => {
        const reply: Reply = { kind: 'answer', output };
        expect(decode(encodeReply(3, reply))).toEqual({ t: 'ok', id: 3, out: output });
      }),
    );
    expect(decode(encodeReply(3, { kind: 'answer', output: undefined }))).toEqual({ t: 'ok', id: 3 });
  });

  it('either reads a line as a frame or says that it is malformed, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
        ),
        (line) => {
          try {
            expect(decode(line)).toHaveProperty('t');
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
        },
      ),
    );
  });

  it('takes no trace that would break the frames in which it travels on', () => {
    const call = { t: 'call', id: 1, op: 'm.o', root: '0'.repeat(16), epoch: 1, at: 1 };
    for (const trace of ['"', 'a\nb', `","op":"m.other`, '0'.repeat(MAX_FRAME_BYTES)])
      expect(() => decode(JSON.stringify({ ...call, trace }))).toThrow(FrameError);
    expect(decode(JSON.stringify({ ...call, trace: '' }))).toMatchObject({ trace: '' });
  });

  it('refuses what is larger than a frame may be, and what is no JSON', () => {
    const call: CallFrame = {
      module: 'm',
      operation: 'o',
      input: 'x'.repeat(MAX_FRAME_BYTES),
      rootId: '0'.repeat(16),
      epoch: 1,
      deadlineAt: 1,
      traceparent: '',
      key: undefined,
    };
    expect(() => encodeCall(1, call)).toThrow(RangeError);
    expect(() => encodeCall(1, { ...call, input: 1n })).toThrow(TypeError);
    expect(() => encodeReply(1, { kind: 'answer', output: 'é'.repeat(MAX_FRAME_BYTES / 2) })).toThrow(
      RangeError,
    );
  });
});

describe('the line reader', () => {
  it('finds the same lines however the bytes are cut', () => {
    const lines = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(lines, fc.array(fc.integer({ min: 1, max: 7 })), (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const reader = new LineReader();
        const found: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          const chunk = bytes.subarray(at, at + cut);
          at += chunk.length;
          if (chunk.length > 0) found.push(...reader.push(chunk));
        }
        expect(found).toEqual(texts);
      }),
    );
  });

  it('refuses a line over its limit, whole or in parts', () => {
    const long = Buffer.from('x'.repeat(100));
    const reader = new LineReader();
    reader.limit = 99;
    expect(() => reader.push(Buffer.concat([long, Buffer.from('\n')]))).toThrow(FrameError);
    const parts = new LineReader();
    parts.limit = 150;
    expect(parts.push(long)).toEqual([]);
    expect(() => parts.push(long)).toThrow(FrameError);
  });
});

describe('credentials', () => {
  it('are equal or not, of whatever length', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameSecret(a, b) === (a === b)));
    expect(sameSecret('', '')).toBe(true);
  });
  it('name the first difference', () => {
    const mine = { build: 'b', contractHash: 'h' };
    expect(mismatchOf(mine, { build: 'x', contractHash: 'h' })).toBe('build_mismatch');
    expect(mismatchOf(mine, { build: 'b', contractHash: 'x' })).toBe('contract_mismatch');
    expect(mismatchOf(mine, { ...mine })).toBeUndefined();
  });
});

describe('the pulse', () => {
  it('tells of a stand-still before the next read is acted on (P1)', () => {
    let now = 1_000;
    const pulse = new Pulse({ standStillMs: 30, everyMs: 60_000, clock: () => now });
    let stood = 0;
    pulse.add({ onBeat: () => {}, onStandStill: () => (stood += 1) });
    pulse.check();
    expect(stood).toBe(0);
    now += 31;
    pulse.check();
    pulse.check();
    expect(stood).toBe(1);
    pulse.close();
  });
});
