import { connect } from 'node:net';
import {
  platformWire,
  steadyNow,
  type CallFrame,
  type CallOutcome,
  type Endpoint,
  type Link,
  type LinkState,
} from '@atlas/coupling-runtime';
import { faultPoint } from '@atlas/platform-fault';
import { Connection } from './connection.ts';
import { encodeCall, type Frame } from './frames.ts';
import { IdTable } from './id-table.ts';
import type { CloseReason, PeerIdentity } from './identity.ts';
import type { Pulse } from './pulse.ts';

export interface TcpLinkOptions {
  readonly identity: PeerIdentity;
  readonly token: string;
  readonly pulse: Pulse;
  /** For connection and hello together. */
  readonly connectTimeoutMs: number;
  /** Calls sent and not answered; more of them wait in the queue. */
  readonly maxInFlight: number;
  /** Calls waiting here; more of them are refused with `overloaded`. */
  readonly maxQueued: number;
  readonly onState: (link: Link) => void;
  readonly onLost: (endpoint: Endpoint, reason: CloseReason | string) => void;
}

interface Queued {
  readonly text: string;
  readonly outcome: CallOutcome;
}

/** Answers are read into one buffer of this size: Node would make one for each read. */
const READ_BYTES = 64 * 1024;
const BACKOFF_FIRST_MS = 20;
const BACKOFF_MOST_MS = 1_000;

/**
 * The caller's end: the way to one process. K1 to K3 and K7 are the listener's (`server-connection.ts`).
 *
 * K4  Every call is told exactly one outcome: what was never written is `refused`, what was in flight is `lost`.
 * K5  Only the expected nonce is talked to; another one at the same address means that the process is gone.
 * K6  After a goaway, or when retired, the connection is hung up as soon as nothing is in flight.
 */
export class TcpLink implements Link {
  readonly endpoint: Endpoint;
  readonly #options: TcpLinkOptions;
  readonly #sent = new IdTable<CallOutcome>();
  readonly #queue = new Map<number, Queued>();
  #state: LinkState = 'connecting';
  #connection: Connection | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #failures = 0;
  #lastId = 0;
  #retired = false;
  #draining = false;
  #whyLost = '';

  constructor(endpoint: Endpoint, options: TcpLinkOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#dial();
  }

  get state(): LinkState {
    return this.#state;
  }

  get inFlight(): number {
    return this.#sent.size + this.#queue.size;
  }

  send(frame: CallFrame, outcome: CallOutcome): () => void {
    const id = ++this.#lastId;
    const text = this.#encoded(id, frame, outcome);
    if (text === undefined) return () => {};
    if (this.#state === 'gone') outcome.refused('not_sent', `${this.endpoint.instance} is gone`);
    else if (this.#mayWrite()) this.#write(id, text, outcome);
    else this.#enqueue(id, { text, outcome });
    return () => this.#cancel(id);
  }

  retire(): void {
    this.#retired = true;
    this.#hangUpIfIdle();
  }

  /** Ends at once; calls in flight are lost. */
  cut(): void {
    this.#retired = true;
    this.#connection?.destroy('closed');
    this.#finish();
  }

  #mayWrite(): boolean {
    return (
      this.#state === 'ready' &&
      this.#sent.size < this.#options.maxInFlight &&
      this.#connection?.congested === false
    );
  }

  #encoded(id: number, frame: CallFrame, outcome: CallOutcome): string | undefined {
    try {
      return encodeCall(id, frame);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'not JSON-safe';
      outcome.failed(
        platformWire('invalid_input', `${frame.module}.${frame.operation}: the input cannot be sent: ${why}`),
      );
      return undefined;
    }
  }

  #write(id: number, text: string, outcome: CallOutcome): void {
    this.#sent.set(id, outcome);
    this.#connection?.write(text);
  }

  #enqueue(id: number, queued: Queued): void {
    if (this.#queue.size >= this.#options.maxQueued)
      return queued.outcome.refused('overloaded', `too many calls wait for ${this.endpoint.instance}`);
    this.#queue.set(id, queued);
    if (this.#state === 'down' && this.#connection === undefined) this.#dial();
  }

  #cancel(id: number): void {
    const queued = this.#queue.get(id);
    this.#queue.delete(id);
    if (queued !== undefined) queued.outcome.refused('not_sent', 'cancelled before it was sent');
    else if (this.#sent.has(id)) this.#connection?.send({ t: 'cancel', id });
  }

  #dial(): void {
    clearTimeout(this.#timer);
    const at = this.endpoint.rpc.lastIndexOf(':');
    const socket = connect({
      host: this.endpoint.rpc.slice(0, at),
      port: Number(this.endpoint.rpc.slice(at + 1)),
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (bytes, buffer) => {
          connection.read((buffer as Buffer).subarray(0, bytes));
          return true;
        },
      },
    });
    const events = {
      onFrame: (frame: Frame) => this.#onFrame(frame),
      onClose: (reason: CloseReason) => this.#onClose(reason),
      onDrain: () => this.#drainQueue(),
    };
    const connection = new Connection(socket, events, this.#options.pulse);
    this.#connection = connection;
    this.#whyLost = '';
    this.#timer = setTimeout(() => connection.destroy('connect_failed'), this.#options.connectTimeoutMs);
    socket.once('connect', () => this.#greet(connection));
  }

  #greet(connection: Connection): void {
    const { identity, token } = this.#options;
    const hello = (): void =>
      connection.send({ t: 'hello', token, probe: false, now: steadyNow(), ...identity });
    const fault = faultPoint('link.connect');
    if (fault === undefined) return hello();
    fault.then(hello, () => connection.destroy('fault'));
  }

  #onFrame(frame: Frame): void {
    if (frame.t === 'ok') this.#take(frame.id)?.answered(frame.out);
    else if (frame.t === 'fail') this.#take(frame.id)?.failed(frame.error);
    else if (frame.t === 'no') this.#take(frame.id)?.refused(frame.reason, frame.message);
    else if (frame.t === 'welcome' && ['connecting', 'down'].includes(this.#state))
      this.#welcomed(frame.nonce);
    else if (frame.t === 'goaway') this.#goAway();
    else if (frame.t === 'refused') this.#whyLost = frame.reason;
    else this.#connection?.destroy('malformed');
  }

  #take(id: number): CallOutcome | undefined {
    const outcome = this.#sent.take(id);
    if (outcome === undefined) return undefined;
    if (this.#queue.size > 0) this.#drainQueue();
    if (this.#retired || this.#draining) this.#hangUpIfIdle();
    return outcome;
  }

  #welcomed(nonce: string): void {
    if (nonce !== this.endpoint.nonce) {
      this.#retired = true;
      this.#connection?.destroy('nonce_changed');
      return;
    }
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.#connection?.trust();
    this.#become('ready');
    this.#drainQueue();
    this.#hangUpIfIdle();
  }

  /** The callee takes no new call: what waits here goes elsewhere, what is in flight is finished (K6). */
  #goAway(): void {
    this.#draining = true;
    this.#become('gone');
    this.#refuseQueue('goaway', `${this.endpoint.instance} is going away`);
    this.#hangUpIfIdle();
  }

  #drainQueue(): void {
    for (const [id, { text, outcome }] of this.#queue) {
      if (!this.#mayWrite()) return;
      this.#queue.delete(id);
      this.#write(id, text, outcome);
    }
  }

  #hangUpIfIdle(): void {
    if ((!this.#retired && !this.#draining) || this.inFlight > 0) return;
    const greeted = this.#state === 'ready' || this.#draining;
    if (greeted) this.#connection?.end();
    else this.#connection?.destroy('closed');
    this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    if (this.#state !== 'gone') this.#become('gone');
  }

  #onClose(reason: CloseReason): void {
    clearTimeout(this.#timer);
    this.#connection = undefined;
    const ending = this.#retired || this.#draining;
    if (!ending || this.#sent.size > 0 || reason === 'nonce_changed')
      this.#options.onLost(this.endpoint, this.#whyLost === '' ? reason : this.#whyLost);
    if (!ending) this.#redialLater(); // before the news: who calls or retires at it means this timer
    this.#become(ending ? 'gone' : 'down');
    const lost = this.#sent.takeAll();
    this.#refuseQueue('not_sent', `${this.endpoint.instance} cannot be reached`);
    for (const outcome of lost) outcome.lost();
  }

  /** Jittered, doubling; a peer that refused us will not soon change its mind. */
  #redialLater(): void {
    const doubled =
      this.#whyLost === '' ? BACKOFF_FIRST_MS * 2 ** Math.min(this.#failures, 6) : BACKOFF_MOST_MS;
    const delayMs = Math.min(BACKOFF_MOST_MS, doubled) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#dial(), delayMs);
    this.#timer.unref();
  }

  #refuseQueue(reason: 'goaway' | 'not_sent', message: string): void {
    const queued = [...this.#queue.values()];
    this.#queue.clear();
    for (const { outcome } of queued) outcome.refused(reason, message);
  }

  #become(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState(this);
  }
}
