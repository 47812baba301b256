/**
 * Reads drawings: lines of `name = stand : part; part; …` in a 200 × 200 box, the hindmost part first.
 *
 * `stand` is half the width of the shadow under what stands at y = 190, or `flat [degrees]` for what is seen from
 * above. A part is a tone, then one of `p path`, `r x y w h [radius]`, `c x y radius`, `e x y rx ry`, `~width path`,
 * `O width x y radius`, `E width x y rx ry`. `+` before the tone draws it mirrored too; `@degrees` behind it turns it.
 */
import { css, darker, lighter, type Colour } from './palette.ts';

export interface Drawing {
  readonly name: string;
  /** Half the width of its shadow, or undefined when it lies flat. */
  readonly stands: number | undefined;
  /** Degrees by which what lies flat is turned. */
  readonly turn: number;
  readonly parts: readonly Part[];
}

interface Part {
  readonly tone: string;
  readonly mirrored: boolean;
  readonly turn: number;
  /** Element and geometry, without its paint. */
  readonly shape: string;
  /** Width of the line, or undefined for what is filled. */
  readonly line: string | undefined;
}

const pairs = (names: readonly string[], values: readonly string[]): string =>
  names.flatMap((name, i) => (values[i] === undefined ? [] : [`${name}="${values[i]}"`])).join(' ');

function shapeOf(kind: string, values: readonly string[]): Pick<Part, 'shape' | 'line'> {
  if (kind === 'p') return { shape: `path d="${values.join(' ')}"`, line: undefined };
  if (kind.startsWith('~')) return { shape: `path d="${values.join(' ')}"`, line: kind.slice(1) };
  if (kind === 'r')
    return { shape: `rect ${pairs(['x', 'y', 'width', 'height', 'rx'], values)}`, line: undefined };
  if (kind === 'c') return { shape: `circle ${pairs(['cx', 'cy', 'r'], values)}`, line: undefined };
  if (kind === 'e') return { shape: `ellipse ${pairs(['cx', 'cy', 'rx', 'ry'], values)}`, line: undefined };
  if (kind === 'O') return { shape: `circle ${pairs(['cx', 'cy', 'r'], values.slice(1))}`, line: values[0] };
  if (kind === 'E')
    return { shape: `ellipse ${pairs(['cx', 'cy', 'rx', 'ry'], values.slice(1))}`, line: values[0] };
  throw new Error(`a drawing has no part "${kind}"`);
}

const TONE = /^(\+?)([a-zA-Z])(?:@(-?\d+))?$/;

function partOf(text: string): Part {
  const [head = '', kind = '', ...values] = text.trim().split(' ');
  const [, mirror, tone = '', turn] = TONE.exec(head) ?? [];
  if (!(tone in FIXED) && !OWN.includes(tone)) throw new Error(`a drawing has no tone "${head}"`);
  return { tone, mirrored: mirror === '+', turn: Number(turn ?? 0), ...shapeOf(kind, values) };
}

/** @throws Error naming what it cannot read. */
export function drawingsOf(lines: string): readonly Drawing[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', rest = ''] = line.split(' = ', 2);
      const colon = rest.indexOf(' : ');
      const [first = '', turn] = rest.slice(0, Math.max(0, colon)).split(' ');
      const flat = first === 'flat' || colon < 0;
      return {
        name: name.trim(),
        stands: flat ? undefined : Number(first),
        turn: Number(turn ?? 0),
        parts: (colon < 0 ? rest : rest.slice(colon + 3)).split(';').map(partOf),
      };
    });
}

/** Tones that follow the product's own colour: body, dark, deep, tint, and the wall behind it. */
const OWN = ['b', 'd', 'k', 't', 'o'];

/** Tones that are the same in every picture, each from light to dark. */
const FIXED: Readonly<Record<string, readonly [string, string]>> = {
  p: ['#fffdf7', '#ece3d2'], // paper
  i: ['#4b5158', '#2c3136'], // ink
  m: ['#eef2f4', '#a9b4bb'], // steel
  M: ['#a2adb4', '#6f7b83'], // steel in the shade
  g: ['#e3c27c', '#b48a3f'], // brass
  w: ['#ddb48a', '#bd8a5a'], // wood
  W: ['#99683f', '#75492a'], // dark wood
  l: ['#8fb98b', '#639063'], // leaf
  L: ['#5f8f6a', '#43704f'], // leaf in the shade
  y: ['#fbdc8c', '#eab54e'], // yellow
  r: ['#de7b5f', '#bf5139'], // red
  u: ['#86aecb', '#527c9d'], // blue
  f: ['#d58d66', '#b0643f'], // terracotta
  F: ['#e0a17c', '#bd7550'], // terracotta in the light
  G: ['rgb(255 255 255/.62)', 'rgb(255 255 255/.34)'], // glass
  Y: ['rgb(255 226 150/.75)', 'rgb(255 226 150/.12)'], // light
  h: ['rgb(255 255 255/.42)', 'rgb(255 255 255/.22)'], // shine
  s: ['rgb(40 24 10/.12)', 'rgb(40 24 10/.16)'], // shade
};

/** Light and dark end of each tone for a product of this colour before this wall. */
export type Tones = Readonly<Record<string, readonly [string, string]>>;

export function tonesOf(body: Colour, wall: string): Tones {
  const pair = (colour: Colour): readonly [string, string] => [
    css(lighter(colour, 6)),
    css(darker(colour, 7)),
  ];
  return {
    ...FIXED,
    b: pair(body),
    d: pair(darker(body, 11)),
    k: pair(darker(body, 20)),
    t: pair(lighter(body, 14)),
    o: [wall, wall],
  };
}

/** What the drawing's tones need in `<defs>`: one gradient each, from the light to the shade. */
export function gradientsOf(drawings: readonly Drawing[], tones: Tones): string {
  const used = new Set(
    drawings.flatMap(({ parts }) => parts.filter(({ line }) => line === undefined).map(({ tone }) => tone)),
  );
  return [...used]
    .map((tone) => {
      const [light, dark] = tones[tone] ?? ['', ''];
      return `<linearGradient id="${tone}" x2=".75" y2="1"><stop stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></linearGradient>`;
    })
    .join('');
}

/** `grained`: what is of the body's tone shows the grain of its wood. */
export function partsOf(drawing: Drawing, tones: Tones, grained: boolean): string {
  return drawing.parts.map((part) => elementsOf(part, tones, grained)).join('');
}

function elementsOf({ tone, mirrored, turn, shape, line }: Part, tones: Tones, grained: boolean): string {
  // A gradient's box is empty for a straight line, which would then not be drawn: lines have one colour.
  const paint =
    line === undefined
      ? `fill="url(#${tone})"`
      : `fill="none" stroke="${middle(tones[tone])}" stroke-width="${line}" stroke-linecap="round" stroke-linejoin="round"`;
  const turned = turn === 0 ? '' : ` transform="rotate(${turn} 100 100)"`;
  const grain = grained && tone === 'b' && line === undefined ? `<${shape}${turned} fill="url(#n)"/>` : '';
  const one = `<${shape}${turned} ${paint}/>${grain}`;
  return mirrored ? `${one}<g transform="matrix(-1 0 0 1 200 0)">${one}</g>` : one;
}

/** Of a pair of like colours the second stands for both in a line. */
const middle = (pair: readonly [string, string] | undefined): string => pair?.[1] ?? 'none';
