import type { Socket } from 'node:net';

/** Lines of JSON over a socket, those of one turn of the event loop in one write. Bounds and checks nothing. */
export class BareLines<T> {
  readonly #socket: Socket;
  #out = '';
  #rest = '';

  constructor(socket: Socket, onLine: (line: T) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) onLine(JSON.parse(line) as T);
    });
    socket.on('error', () => socket.destroy());
  }

  send(line: string): void {
    if (this.#out === '') setImmediate(() => this.#flush());
    this.#out += line;
  }

  #flush(): void {
    const text = this.#out;
    this.#out = '';
    this.#socket.write(text);
  }
}
