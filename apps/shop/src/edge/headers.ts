/** The headers that every answer of the edge carries, as flat lists of names and values, and as text. */

/** No script, style or picture from elsewhere, none inline, no frame around us. */
const SECURITY: readonly string[] = [
  'content-security-policy',
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  ...['x-content-type-options', 'nosniff'],
  ...['x-frame-options', 'DENY'],
  ...['referrer-policy', 'same-origin'],
  ...['cross-origin-opener-policy', 'same-origin'],
];

export interface Shape {
  readonly epoch: number;
  readonly mode: string;
}

/** The shape is told on every answer, never cached. */
export const commonHeaders = ({ epoch, mode }: Shape): readonly string[] => [
  ...SECURITY,
  ...['x-atlas-epoch', String(epoch)],
  ...['x-atlas-mode', mode],
];

/** `name: value\r\n` for each of a flat list. */
export const headerLines = (headers: readonly string[]): string =>
  headers.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');

interface Common {
  readonly list: readonly string[];
  readonly lines: string;
}

/** Makes what is common once per shape: almost all answers are of the same one. */
export class CommonHeaders {
  #shape: Shape = { epoch: Number.NaN, mode: '' };
  #common: Common = { list: [], lines: '' };

  of(shape: Shape): Common {
    if (shape.epoch !== this.#shape.epoch || shape.mode !== this.#shape.mode) {
      this.#shape = { epoch: shape.epoch, mode: shape.mode };
      const list = commonHeaders(shape);
      this.#common = { list, lines: headerLines(list) };
    }
    return this.#common;
  }
}
