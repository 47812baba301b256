import { STATUS_CODES, ServerResponse, type IncomingMessage } from 'node:http';

/** Advertised to clients; an idle connection is never closed earlier. */
export const KEEP_ALIVE_MS = 5_000;

/** An answer as text. */
export interface WholeAnswer {
  readonly status: number;
  /** `name: value\r\n` of each header, those of length, date and connection excepted. Written unchecked: no client's text. */
  readonly lines: string;
  /** Undefined: none. */
  readonly body: string | undefined;
  /** It is the connection's last. */
  readonly closes: boolean;
}

const KEPT = `connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_MS / 1_000}\r\n`;
const CLOSED = 'connection: close\r\n';

let date = '';
let dateSecond = Number.NaN;

/** Made once a second. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = `date: ${new Date(second * 1_000).toUTCString()}\r\n`;
  }
  return date;
}

/**
 * Node's answer, with a way to write it whole. `writeHead` checks each character of each header at each answer, and `end`
 * with a body hands over two pieces, for which Node makes a buffer (docs/benchmarks/notes.md).
 *
 * W1  Order of answers, back-pressure and what becomes of the connection are left to Node: its own `end` ends this one.
 */
export class EdgeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  // What `writeHead` sets: the text that goes before the body, and whether the connection is to end.
  declare _header: string | null;
  declare _last: boolean;
  /** False in an answer to HEAD. */
  declare readonly _hasBody: boolean;
  /** The request that was begun behind this one's on its connection (`pipeline-limit.ts`). */
  behind: EdgeResponse | undefined;
  /** How many came behind this one, the connection's last, and were not begun. */
  dropped = 0;

  /** In place of `writeHead` and `end`. */
  whole({ status, lines, body, closes }: WholeAnswer): void {
    this.statusCode = status;
    this._last = closes || !this.shouldKeepAlive;
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    const length = body === undefined ? '' : `content-length: ${bytes}\r\n`;
    const end = this._last ? CLOSED : KEPT;
    this._header = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}${length}${dateLine()}${end}\r\n`;
    if (body === undefined || !this._hasBody) this.end();
    else if (bytes > body.length) this.end(body, 'utf8');
    else {
      this._header += body; // all ASCII, which is the same in the encoding of heads
      this.end();
    }
  }
}
