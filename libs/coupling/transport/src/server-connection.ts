import type { Socket } from 'node:net';
import { platformWire, steadyNow, type Inbound, type Reply, type ServedCall } from '@atlas/coupling-runtime';
import { faultPoint } from '@atlas/platform-fault';
import { Connection } from './connection.ts';
import { callOf, encodeReply, type Frame } from './frames.ts';
import { IdTable } from './id-table.ts';
import { mismatchOf, sameSecret, type CloseReason, type PeerIdentity } from './identity.ts';
import type { Pulse } from './pulse.ts';

export interface ServerConnectionOptions {
  readonly identity: PeerIdentity;
  readonly token: string;
  readonly inbound: Inbound;
  readonly maxInFlight: number;
  readonly helloTimeoutMs: number;
  readonly refusesNonce: (nonce: string) => boolean;
  /** The peer has said who it is, and is welcome. */
  readonly onWelcome: () => void;
  /** @param instance of the peer; empty when it never said hello. */
  readonly onClose: (reason: CloseReason, instance: string) => void;
  /** The connection is closed and no call that came over it runs any more. */
  readonly onOver: () => void;
}

type Hello = Extract<Frame, { t: 'hello' }>;
type CallMessage = Extract<Frame, { t: 'call' }>;

/**
 * The listener's end of one connection. K4 to K6 are the caller's (`tcp-link.ts`).
 *
 * K1  The first frame is the hello; anything else, or no hello in time, ends the connection.
 * K2  At `maxInFlight` calls, or while the peer does not read its answers, the socket is not read.
 * K3  Deadlines of the peer are put on this process's clock; a hello that was long on its way lengthens them by that,
 *     and the caller still gives up in time.
 * K7  After the goaway new calls are refused, nothing executed; the caller hangs up when its last one is answered.
 */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #connection: Connection;
  readonly #serving = new IdTable<ServedCall>();
  readonly #helloTimer: NodeJS.Timeout;
  #stage: 'waiting' | 'greeting' | 'open' | 'over' = 'waiting';
  #peer = '';
  #nonce = '';
  #mayCall = false;
  /** How far the clock here is ahead of the peer's, ms (K3). */
  #ahead = 0;
  #leaving = false;

  constructor(socket: Socket, pulse: Pulse, options: ServerConnectionOptions) {
    this.#options = options;
    this.#helloTimer = setTimeout(() => this.#connection.destroy('hello_timeout'), options.helloTimeoutMs);
    const events = {
      onFrame: (frame: Frame) => this.#onFrame(frame),
      onClose: (reason: CloseReason) => this.#onClose(reason),
      onDrain: () => this.#regulate(),
    };
    this.#connection = new Connection(socket, events, pulse);
  }

  get inFlight(): number {
    return this.#serving.size;
  }

  /** K7. A peer that is just saying hello is told when it has. */
  goAway(): void {
    this.#leaving = true;
    if (this.#stage === 'open') this.#connection.send({ t: 'goaway' });
    else if (this.#stage === 'waiting') this.#connection.destroy('closed');
  }

  /** The peer was welcomed, and has been fenced since. */
  cutIfRefused(): void {
    if (this.#stage === 'open' && this.#options.refusesNonce(this.#nonce))
      this.#connection.destroy('nonce_refused');
  }

  cut(reason: CloseReason = 'closed'): void {
    this.#connection.destroy(reason);
  }

  #onFrame(frame: Frame): void {
    if (this.#stage === 'waiting') this.#greet(frame);
    else if (this.#stage === 'over') return;
    else if (frame.t === 'call' && this.#mayCall) this.#call(frame);
    else if (frame.t === 'cancel' && this.#mayCall) this.#serving.get(frame.id)?.cancel();
    else this.#connection.destroy('malformed');
  }

  #greet(frame: Frame): void {
    if (frame.t !== 'hello') return this.#connection.destroy('malformed');
    this.#stage = 'greeting';
    this.#ahead = steadyNow() - frame.now;
    const fault = faultPoint('link.hello');
    if (fault === undefined) return this.#judge(frame);
    fault.then(
      () => this.#judge(frame),
      () => this.#connection.destroy('fault'),
    );
  }

  #judge(hello: Hello): void {
    const { identity, token, refusesNonce } = this.#options;
    if (!sameSecret(hello.token, token)) return this.#refuse('unauthorized');
    this.#peer = hello.instance;
    if (refusesNonce(hello.nonce)) return this.#refuse('nonce_refused');
    const mismatch = hello.probe ? undefined : mismatchOf(identity, hello);
    if (mismatch !== undefined) return this.#refuse(mismatch);
    clearTimeout(this.#helloTimer);
    this.#stage = 'open';
    this.#nonce = hello.nonce;
    this.#mayCall = !hello.probe;
    this.#options.onWelcome();
    this.#connection.trust();
    this.#connection.send({ t: 'welcome', ...identity });
    if (this.#leaving) this.#connection.send({ t: 'goaway' });
  }

  /** Says why and hangs up; a peer that does not hang up as well is cut by the hello's timer. */
  #refuse(reason: CloseReason): void {
    this.#stage = 'over';
    this.#connection.send({ t: 'refused', reason });
    this.#connection.end(reason);
  }

  #call(message: CallMessage): void {
    const { id } = message;
    if (this.#serving.has(id)) return this.#connection.destroy('malformed');
    if (this.#leaving) return this.#reply(id, { kind: 'refusal', reason: 'goaway', message: 'going away' });
    let answered = false;
    const served = this.#options.inbound.serve(callOf(message, this.#ahead), (reply) => {
      answered = true;
      this.#serving.take(id);
      this.#reply(id, reply);
      this.#tellIfOver();
    });
    if (answered) return;
    this.#serving.set(id, served);
    this.#regulate();
  }

  #reply(id: number, reply: Reply): void {
    this.#connection.write(this.#encoded(id, reply));
    this.#regulate();
  }

  #encoded(id: number, reply: Reply): string {
    try {
      return encodeReply(id, reply);
    } catch (error) {
      const message = `the answer cannot be sent: ${error instanceof Error ? error.message : 'not JSON-safe'}`;
      return encodeReply(id, { kind: 'failure', error: platformWire('internal', message) });
    }
  }

  /** K2, with some distance between stop and go. */
  #regulate(): void {
    const { maxInFlight } = this.#options;
    const crowded = this.#serving.size >= maxInFlight || this.#connection.congested;
    if (crowded) this.#connection.setPaused(true);
    else if (this.#serving.size <= maxInFlight / 2) this.#connection.setPaused(false);
  }

  #onClose(reason: CloseReason): void {
    clearTimeout(this.#helloTimer);
    for (const served of this.#serving.values()) served.abandon();
    this.#stage = 'over';
    this.#options.onClose(reason, this.#peer);
    this.#tellIfOver();
  }

  #tellIfOver(): void {
    if (this.#stage === 'over' && this.#serving.size === 0) this.#options.onOver();
  }
}
