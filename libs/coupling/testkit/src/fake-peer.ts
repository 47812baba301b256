import { connect, createServer, type Server, type Socket } from 'node:net';

/** A frame as it is on the wire. */
export type RawFrame = Readonly<Record<string, unknown>>;

/** One end of a connection that speaks whatever a test wants: raw text, half frames, wrong frames, right ones. */
export class FakePeer {
  readonly socket: Socket;
  /** Resolves when the connection is closed, by whomever. */
  readonly closed: Promise<void>;
  readonly #arrived: RawFrame[] = [];
  readonly #waiting: ((frame: RawFrame) => void)[] = [];
  #rest = '';

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  /** Calls a listener at `host:port`. */
  static connect(rpc: string): Promise<FakePeer> {
    const at = rpc.lastIndexOf(':');
    return new Promise((resolve, reject) => {
      const socket = connect(Number(rpc.slice(at + 1)), rpc.slice(0, at));
      socket.once('error', reject);
      socket.once('connect', () => resolve(new FakePeer(socket)));
    });
  }

  /** Writes text as it is, or a frame as one line. */
  send(what: string | RawFrame): void {
    this.socket.write(typeof what === 'string' ? what : `${JSON.stringify(what)}\n`);
  }

  /** The next frame that is no ping or pong; pings are answered. */
  next(): Promise<RawFrame> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Closes the connection without any goodbye. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(JSON.parse(line) as RawFrame);
  }

  #take(frame: RawFrame): void {
    if (frame['t'] === 'ping') return this.send({ t: 'pong' });
    if (frame['t'] === 'pong') return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(frame);
    else waiting(frame);
  }
}

/** A listener whose connections are fake peers. */
export class FakeListener {
  readonly #server: Server;
  readonly #peers: FakePeer[] = [];
  readonly #waiting: ((peer: FakePeer) => void)[] = [];
  readonly #open = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      const peer = new FakePeer(socket);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#peers.push(peer);
      else waiting(peer);
    });
  }

  static async listen(port = 0): Promise<FakeListener> {
    const listener = new FakeListener();
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
    });
    return listener;
  }

  get rpc(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** The next connection. */
  accept(): Promise<FakePeer> {
    const peer = this.#peers.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}
