import type { CallFrame, Refusal, Reply, WireError } from '@atlas/coupling-runtime';
import type { PeerIdentity } from './identity.ts';

/**
 * The wire: one JSON object per line. A line is at most 4 KiB before the hello is accepted, 1 MiB after.
 * Texts of known-safe alphabet (names, hex, numbers) are put in by hand: measurably cheaper than one `stringify`
 * of the whole frame.
 */
export const MAX_HELLO_BYTES = 4 * 1024;
export const MAX_FRAME_BYTES = 1024 * 1024;

export type Frame =
  | ({
      readonly t: 'hello';
      readonly token: string;
      readonly probe: boolean;
      /** The sender's clock, ms: its deadlines are on it. */
      readonly now: number;
    } & PeerIdentity)
  | ({ readonly t: 'welcome' } & PeerIdentity)
  | { readonly t: 'refused'; readonly reason: string }
  | {
      readonly t: 'call';
      readonly id: number;
      /** `module.operation` */
      readonly op: string;
      readonly root: string;
      readonly epoch: number;
      /** Deadline, ms, on the clock of the sender. */
      readonly at: number;
      /** Absent: derived from the root's id; half of a small frame would be trace otherwise. */
      readonly trace?: string;
      readonly key?: string;
      readonly in?: unknown;
    }
  | { readonly t: 'ok'; readonly id: number; readonly out?: unknown }
  | { readonly t: 'fail'; readonly id: number; readonly error: WireError }
  | { readonly t: 'no'; readonly id: number; readonly reason: Refusal; readonly message: string }
  | { readonly t: 'cancel'; readonly id: number }
  | { readonly t: 'goaway' | 'ping' | 'pong' };

/** A frame that breaks the protocol: its connection is closed. */
export class FrameError extends Error {
  readonly reason: 'malformed' | 'oversized';
  constructor(reason: 'malformed' | 'oversized', message: string) {
    super(message);
    this.name = 'FrameError';
    this.reason = reason;
  }
}

export const encode = (frame: Frame): string => `${JSON.stringify(frame)}\n`;

/** @throws TypeError when the input is not JSON-safe; RangeError when it is larger than a frame may be. */
export function encodeCall(id: number, frame: CallFrame): string {
  const { module, operation, rootId, epoch, deadlineAt, traceparent } = frame;
  const trace = traceparent === '' ? '' : `,"trace":"${traceparent}"`;
  const key = frame.key === undefined ? '' : `,"key":${JSON.stringify(frame.key)}`;
  const input = frame.input === undefined ? '' : `,"in":${JSON.stringify(frame.input)}`;
  return checked(
    `{"t":"call","id":${id},"op":"${module}.${operation}","root":"${rootId}","epoch":${epoch},"at":${deadlineAt}${trace}${key}${input}}\n`,
  );
}

/** @throws TypeError when the output is not JSON-safe; RangeError when it is larger than a frame may be. */
export function encodeReply(id: number, reply: Reply): string {
  if (reply.kind === 'answer') {
    const output = reply.output === undefined ? '' : `,"out":${JSON.stringify(reply.output)}`;
    return checked(`{"t":"ok","id":${id}${output}}\n`);
  }
  if (reply.kind === 'failure') return checked(encode({ t: 'fail', id, error: reply.error }));
  return encode({ t: 'no', id, reason: reply.reason, message: reply.message });
}

function checked(text: string): string {
  if (text.length * 3 <= MAX_FRAME_BYTES || Buffer.byteLength(text) <= MAX_FRAME_BYTES) return text;
  throw new RangeError(`larger than a frame may be (${MAX_FRAME_BYTES} bytes)`);
}

type Fields = Readonly<Record<string, unknown>>;
const REFUSALS: readonly unknown[] = [
  'not_sent',
  'goaway',
  'epoch_unknown',
  'overloaded',
] satisfies Refusal[];
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isText = (value: unknown): value is string => typeof value === 'string';

/** For each kind of frame, whether its fields have the shape that the type says. */
const SHAPES: Readonly<Record<Frame['t'], (fields: Fields) => boolean>> = {
  hello: (f) =>
    isText(f['token']) && typeof f['probe'] === 'boolean' && isFiniteNumber(f['now']) && isIdentity(f),
  welcome: (f) => isIdentity(f),
  refused: (f) => isText(f['reason']),
  call: (f) =>
    isId(f['id']) &&
    isText(f['op']) &&
    isRootId(f['root']) &&
    isId(f['epoch']) &&
    isFiniteNumber(f['at']) &&
    (f['trace'] === undefined || isTrace(f['trace'])) &&
    (f['key'] === undefined || isText(f['key'])),
  ok: (f) => isId(f['id']),
  fail: (f) => isId(f['id']) && isWireError(f['error']),
  no: (f) => isId(f['id']) && REFUSALS.includes(f['reason']) && isText(f['message']),
  cancel: (f) => isId(f['id']),
  goaway: () => true,
  ping: () => true,
  pong: () => true,
};

const isFiniteNumber = (value: unknown): boolean => Number.isFinite(value);
const isRootId = (value: unknown): boolean => isText(value) && /^[0-9a-f]{16}$/.test(value);
/** It travels on, put in by hand. */
const isTrace = (value: unknown): boolean => isText(value) && /^[0-9a-f-]{0,55}$/.test(value);

function isIdentity(fields: Fields): boolean {
  return [fields['instance'], fields['nonce'], fields['build'], fields['contractHash']].every(isText);
}

function isWireError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, code, message } = value as Fields;
  return (kind === 'business' || kind === 'platform') && isText(code) && isText(message);
}

/** @throws FrameError `malformed` when the line is no frame. */
export function decode(line: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new FrameError('malformed', 'a line is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new FrameError('malformed', 'a line is no object');
  const kind = (value as Fields)['t'];
  if (!isText(kind) || !Object.hasOwn(SHAPES, kind))
    throw new FrameError('malformed', 'unknown kind of frame');
  if (!SHAPES[kind as Frame['t']](value as Fields))
    throw new FrameError('malformed', `"${kind}" frame is malformed`);
  return value as Frame;
}

/** The call that a `call` frame carries. @param ahead how far this process's clock is ahead of the sender's, ms. */
export function callOf(frame: Extract<Frame, { t: 'call' }>, ahead: number): CallFrame {
  const dot = frame.op.indexOf('.');
  return {
    module: frame.op.slice(0, dot),
    operation: frame.op.slice(dot + 1),
    input: frame.in,
    rootId: frame.root,
    epoch: frame.epoch,
    deadlineAt: frame.at + ahead,
    traceparent: frame.trace ?? '',
    key: frame.key,
  };
}
