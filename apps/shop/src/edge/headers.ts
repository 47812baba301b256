/** The headers that every answer of the edge carries, as flat lists of names and values: what Node writes fastest. */

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

/** Told on every answer, never cached. */
export const shapeHeaders = ({ epoch, mode }: Shape): readonly string[] => [
  ...['x-atlas-epoch', String(epoch)],
  ...['x-atlas-mode', mode],
];

/** Makes the common list once per shape: almost all answers are of the same one. */
export class CommonHeaders {
  #shape: Shape = { epoch: Number.NaN, mode: '' };
  #list: readonly string[] = [];

  of(shape: Shape): readonly string[] {
    if (shape.epoch !== this.#shape.epoch || shape.mode !== this.#shape.mode) {
      this.#shape = { epoch: shape.epoch, mode: shape.mode };
      this.#list = [...SECURITY, ...shapeHeaders(shape)];
    }
    return this.#list;
  }
}
