/** What a peer may send that means ill, or is broken: made from valid frames and from nothing at all. */
import { steadyNow } from '@atlas/coupling-runtime';
import fc from 'fast-check';
import { TEST_TOKEN, type RawFrame } from '../src/index.ts';

export const IDENTITY = { build: 'b1', contractHash: 'h1' };
export const HELLO: RawFrame = {
  ...{
    t: 'hello',
    token: TEST_TOKEN,
    probe: false,
    now: steadyNow(),
    instance: 'shop-0',
    nonce: 'a'.repeat(16),
  },
  ...IDENTITY,
};

export const callFrame = (id: number, input: unknown = {}): RawFrame => ({
  ...{ t: 'call', id, op: 'cart.getCart', root: 'a'.repeat(16), epoch: 1 },
  ...{ at: steadyNow() + 60_000, trace: '', in: input },
});

const line = (frame: unknown): Buffer => Buffer.from(`${JSON.stringify(frame)}\n`);
const id = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constantFrom(2 ** 53, 1.5, '1', null));
const deep = (depth: number, [open, close]: readonly [string, string]): string =>
  `{"t":"call","id":1,"op":"cart.getCart","root":"${'a'.repeat(16)}","epoch":1,"at":9e12,"trace":"","in":${open.repeat(depth)}1${close.repeat(depth)}}\n`;

/** A field that is dropped, or becomes something else. */
const misshapen = (frame: RawFrame): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(frame)), fc.option(fc.jsonValue(), { nil: undefined }))
    .map(([field, value]) => line({ ...frame, [field]: value }));

const damaged = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.constantFrom('flip', 'cut', 'twice'))
    .map(([at, byte, how]) => {
      if (how === 'cut') return bytes.subarray(0, at);
      if (how === 'twice') return Buffer.concat([bytes.subarray(0, at), bytes]);
      const copy = Buffer.from(bytes);
      copy[at] = byte;
      return copy;
    });

const frames: readonly RawFrame[] = [HELLO, { ...HELLO, token: 'guess' }, callFrame(1, { x: 'ä€😀' })];
const valid = fc.oneof(
  fc.constantFrom(...frames, { t: 'ping' }, { t: 'pong' }, { t: 'goaway' }),
  fc.record({ t: fc.constant('cancel'), id }),
  fc.tuple(id, fc.jsonValue()).map(([number, input]) => ({ ...callFrame(1, input), id: number })),
);

/** One thing that is sent. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  valid.map(line),
  fc.constantFrom(...frames).chain(misshapen),
  fc.constantFrom(...frames.map(line)).chain(damaged),
  fc.uint8Array({ minLength: 1, maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('\n', '\n\n\n', 'null\n', '[]\n', '{}\n', '"x"\n').map((text) => Buffer.from(text)),
  fc.constantFrom(5_000, 1_100_000).map((length) => Buffer.alloc(length, 'x')),
  fc
    .tuple(fc.constantFrom(1_000, 100_000), fc.constantFrom(['[', ']'] as const, ['{"a":', '}'] as const))
    .map(([depth, brackets]) => Buffer.from(deep(depth, brackets))),
);
