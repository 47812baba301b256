import type { Socket } from 'node:net';
import { faultPoint } from '@atlas/platform-fault';
import { decode, encode, FrameError, MAX_FRAME_BYTES, type Frame } from './frames.ts';
import type { CloseReason } from './identity.ts';
import { LineReader } from './line-reader.ts';
import type { Pulse, PulseListener } from './pulse.ts';

export interface ConnectionEvents {
  onFrame(frame: Frame): void;
  /** Once, whatever ended it. */
  onClose(reason: CloseReason): void;
  /** The peer has taken what had piled up. */
  onDrain?(): void;
}

/** Silence after which the peer is asked whether it lives, and after which it is given up, in ms awake. */
const PING_AFTER_MS = 1_000;
const SILENT_AFTER_MS = 3_500;
/** Characters that leave without waiting for the end of the turn (N1). */
const PIECE = 4 * 1024;
/** Bytes waiting to be written above which nothing more is taken on. */
const CONGESTED_BYTES = 1024 * 1024;

/**
 * One socket with frames on it; the same on both ends.
 *
 * N1  Frames of one turn of the event loop leave together: in one write, or in pieces of `PIECE` when they are many, so
 *     that the peer works on the first while the rest is made.
 * N2  `onClose` is told exactly once; no frame is handed out afterwards.
 * N3  After a stand-still, what had arrived unread is not acted on: the connection is dropped.
 * N4  While paused, no frame is handed out, not even one that has arrived already.
 * N5  A peer that breaks the protocol loses its connection and nothing else happens.
 * N6  A peer that pings and does not read gets no more pongs than fit: it shows nothing but that it does not read.
 * N7  Silence is counted while this process runs, and what has arrived is read before a peer counts as silent: this
 *     process, or the whole machine, may have stood still itself, less than N3 asks.
 */
export class Connection implements PulseListener {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #pulse: Pulse;
  readonly #reader = new LineReader();
  #out = '';
  #flushScheduled = false;
  /** In time awake. */
  #heardAt: number;
  #pinged = false;
  #paused = false;
  #suspicious = false;
  #working = false;
  #backlog: string[] = [];
  #closed = false;
  #reason: CloseReason = 'ended';

  constructor(socket: Socket, events: ConnectionEvents, pulse: Pulse) {
    this.#socket = socket;
    this.#events = events;
    this.#pulse = pulse;
    this.#heardAt = pulse.awake;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('drain', () => this.#events.onDrain?.());
    socket.on('error', () => this.destroy('socket_error'));
    socket.on('close', () => this.#close(this.#reason));
    pulse.add(this);
  }

  get congested(): boolean {
    return this.#socket.writableLength + this.#out.length > CONGESTED_BYTES;
  }

  /** Longer lines are allowed once the peer has shown who it is. */
  trust(): void {
    this.#reader.limit = MAX_FRAME_BYTES;
  }

  /** Takes an encoded frame; it leaves at the end of this turn at the latest (N1). */
  write(text: string): void {
    if (this.#closed) return;
    this.#out += text;
    if (this.#out.length >= PIECE) return this.#flush();
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  send(frame: Frame): void {
    this.write(encode(frame));
  }

  /** Stops and resumes reading: back-pressure on the peer. */
  setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#resume();
  }

  /** Writes what is waiting, then closes in order; `onClose` is told `reason` when the peer has hung up too. */
  end(reason: CloseReason = 'ended'): void {
    this.#reason = reason;
    this.#writeOut();
    this.#socket.end();
  }

  /** Ends at once; the peer may lose what was not yet written. */
  destroy(reason: CloseReason): void {
    this.#close(reason);
    this.#socket.destroy();
  }

  onBeat(awake: number): void {
    if (this.#paused) return;
    const silence = awake - this.#heardAt;
    if (silence <= PING_AFTER_MS) return;
    if (this.#pinged) {
      if (silence > SILENT_AFTER_MS) setImmediate(() => this.#judgeSilence());
      return;
    }
    this.#pinged = true;
    this.send({ t: 'ping' });
  }

  /** N7: the beat comes before the turn's reads, this after them. */
  #judgeSilence(): void {
    if (!this.#paused && this.#pulse.awake - this.#heardAt > SILENT_AFTER_MS) this.destroy('silent');
  }

  /**
   * N3: whatever is read in the turn that follows had been waiting. While paused nothing is read, and then nobody can tell
   * what had been waiting: that turn is the one after the pause.
   */
  onStandStill(): void {
    this.#heardAt = this.#pulse.awake;
    this.#suspicious = true;
    this.#trustSoon();
  }

  /** Bytes of the peer. They are not kept: the next read may go into the same buffer. */
  read(chunk: Buffer): void {
    this.#pulse.check();
    if (this.#suspicious) return this.destroy('stood_still');
    const fault = faultPoint('link.read');
    if (fault === undefined) return this.#handle(chunk);
    this.#socket.pause();
    fault.then(
      () => {
        this.#handle(chunk);
        if (!this.#paused) this.#socket.resume();
      },
      () => this.destroy('fault'),
    );
  }

  #trustSoon(): void {
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#paused) this.#suspicious = false;
      }),
    );
  }

  #resume(): void {
    this.#pulse.check();
    if (this.#suspicious && this.#backlog.length > 0) return this.destroy('stood_still');
    this.#heardAt = this.#pulse.awake;
    this.#guarded(() => this.#work());
    if (this.#paused) return;
    this.#socket.resume();
    if (this.#suspicious) this.#trustSoon();
  }

  #handle(chunk: Buffer): void {
    this.#heardAt = this.#pulse.awake;
    this.#pinged = false;
    this.#guarded(() => {
      const lines = this.#reader.push(chunk);
      if (this.#backlog.length === 0) this.#backlog = lines;
      else this.#backlog.push(...lines);
      this.#work();
    });
  }

  /** Hands frames out until reading is paused (N4). */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    const lines = this.#backlog;
    let next = 0;
    try {
      while (next < lines.length && !this.#paused && !this.#closed) this.#take(decode(lines[next++] ?? ''));
    } finally {
      this.#working = false;
      this.#backlog = next === lines.length ? [] : lines.slice(next);
    }
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.destroy(error.reason);
    }
  }

  #take(frame: Frame): void {
    if (frame.t === 'ping') this.#pong();
    else if (frame.t !== 'pong') this.#events.onFrame(frame);
  }

  /** N6. */
  #pong(): void {
    if (!this.congested) this.send({ t: 'pong' });
  }

  #flush(): void {
    if (this.#out === '') return;
    const fault = faultPoint('link.write');
    if (fault === undefined) return this.#writeOut();
    fault.then(
      () => this.#writeOut(),
      () => this.destroy('fault'),
    );
  }

  #writeOut(): void {
    if (this.#out === '' || this.#closed) return;
    const text = this.#out;
    this.#out = '';
    // ASCII is the same in Latin-1, for which Node needs no buffer of three times the size.
    this.#socket.write(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8');
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pulse.remove(this);
    this.#events.onClose(reason);
  }
}
