/**
 * A product's picture: one illustrated catalogue, drawn from the words of the id.
 *
 * P1  The same id gives the same picture, everywhere and always.
 * P2  Every id that is valid has one: what no drawing knows is a parcel.
 */
import { createHash } from 'node:crypto';
import { COVERS, DESK } from './pictures/desk-and-books.ts';
import { drawingsOf, gradientsOf, partsOf, tonesOf, type Drawing, type Tones } from './pictures/drawing.ts';
import { INDOORS } from './pictures/indoors.ts';
import { LEISURE } from './pictures/leisure.ts';
import { OUTDOORS } from './pictures/outdoors.ts';
import { css, darker, lighter, NAMED, QUIET, wallFor, WOODS, type Colour } from './pictures/palette.ts';

const DRAWINGS = [INDOORS, DESK, LEISURE, OUTDOORS].flatMap((lines) => drawingsOf(lines));
const COVER = drawingsOf(COVERS);
const BOOK = /-(?:hardback|paperback|large-print|signed-copy|boxed-edition)$/;
const POCKET = /-pocket-edition$/;
const GAME = /-(?:second|travel|deluxe|family|anniversary|starter)-edition$/;
/** How large a size is shown: width and height. */
const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  mini: [0.66, 0.66],
  small: [0.78, 0.78],
  medium: [0.9, 0.9],
  'extra-large': [1.08, 1.08],
  wide: [1.14, 0.9],
};
const COPIES: Readonly<Record<string, number>> = { two: 2, pair: 2, four: 4, six: 6, eight: 8 };

const named = (drawings: readonly Drawing[], name: string): Drawing | undefined =>
  drawings.find((drawing) => drawing.name === name);

/** P2. The longest name in the id wins, then the last word of a name: any other mug is a mug. */
function drawingOf(id: string): Drawing {
  const kind = BOOK.test(id) ? 'book' : POCKET.test(id) ? 'pocket-edition' : GAME.test(id) ? 'game-box' : '';
  const known = named(DRAWINGS, kind);
  if (known) return known;
  const fits = DRAWINGS.filter(({ name }) => `-${id}-`.includes(`-${name}`));
  fits.sort((a, b) => b.name.length - a.name.length);
  const words = new Set(id.split('-'));
  const kin = DRAWINGS.find(({ name }) => words.has(name.slice(name.lastIndexOf('-') + 1)));
  const best = fits[0] ?? kin ?? named(DRAWINGS, 'parcel');
  if (best === undefined) throw new Error('there is no drawing of a parcel');
  return best;
}

/** What stands on the cover of a book or a box. */
const coverOf = (id: string, drawing: Drawing): Drawing | undefined =>
  ['book', 'pocket-edition', 'game-box'].includes(drawing.name)
    ? COVER.find(({ name }) => id.includes(name))
    : undefined;

function bodyOf(id: string, draw: Buffer): Colour {
  return (
    NAMED.get(id.slice(id.lastIndexOf('-') + 1)) ?? QUIET[(draw[0] ?? 0) % QUIET.length] ?? [160, 26, 40]
  );
}

const COVER_PLACE: Readonly<Record<string, string>> = {
  book: 'translate(64 34) scale(.82)',
  'pocket-edition': 'translate(70 62) scale(.66)',
  'game-box': 'translate(52 44) scale(.96)',
};
const COVER_LINES: Readonly<Record<string, string>> = {
  book: '<path d="M72 138h66M84 150h42M92 168h26" stroke="#fff8ea" stroke-opacity=".8" stroke-width="5" stroke-linecap="round"/>',
  'pocket-edition':
    '<path d="M76 146h54M86 156h34M92 174h22" stroke="#fff8ea" stroke-opacity=".8" stroke-width="4" stroke-linecap="round"/>',
};

/** One piece of the product, in the 200 × 200 box. */
function pieceOf(drawing: Drawing, cover: Drawing | undefined, tones: Tones, grained: boolean): string {
  const own = partsOf(drawing, tones, grained);
  if (!cover) return own;
  const art = partsOf(cover, tones, false);
  return `${own}<g transform="${COVER_PLACE[drawing.name] ?? ''}">${art}</g>${COVER_LINES[drawing.name] ?? ''}`;
}

/** Where the pieces of a set stand, those behind first: x, y and scale about the foot of the box. */
function placesOf(copies: number): readonly (readonly [number, number, number])[] {
  if (copies < 2) return [[0, 0, 1]];
  const rows = copies === 2 ? 1 : 2;
  const each = copies / rows;
  const scale = each === 2 ? 0.66 : each === 3 ? 0.54 : 0.46;
  return Array.from({ length: copies }, (_, i) => {
    const row = Math.floor(i / each);
    const x = ((i % each) - (each - 1) / 2) * 150 * scale + (rows === 2 ? (row === 0 ? 14 : -14) : 0);
    return [x, rows === 2 && row === 0 ? -46 : 0, scale] as const;
  });
}

function groupOf(id: string, drawing: Drawing): string {
  const copies = COPIES[/-(?:set-of-)?(two|pair|four|six|eight)$/.exec(id)?.[1] ?? ''] ?? 1;
  const [wide, high] = SIZES[/-(mini|small|medium|extra-large|wide)$/.exec(id)?.[1] ?? ''] ?? [1, 1];
  const foot = drawing.stands === undefined ? 100 : 190;
  const lift = copies > 2 && drawing.stands === undefined ? 22 : 0;
  const turn = drawing.turn === 0 ? '' : ` rotate(${drawing.turn} 100 100)`;
  const shadow =
    (drawing.stands ?? 0) > 0
      ? `<ellipse cx="106" cy="190" rx="${(drawing.stands ?? 0) + 10}" ry="8" fill="url(#shadow)"/>`
      : '';
  return placesOf(copies)
    .map(([x, y, scale]) => {
      const place = `translate(${100 + x} ${foot + y + lift}) scale(${(scale * wide).toFixed(3)} ${(scale * high).toFixed(3)}) translate(-100 ${-foot})`;
      return `<g transform="${place}${turn}">${shadow}<use href="#piece"/></g>`;
    })
    .join('');
}

/** The room behind it: a wall with an arch and a floor for what stands, one plain ground for what lies. */
function roomOf(wall: Colour, stands: boolean): string {
  const ground = `<rect width="400" height="300" fill="${css(wall)}"/>`;
  const light = css(lighter(wall, 5));
  if (!stands) return `${ground}<circle cx="200" cy="150" r="128" fill="${light}"/>`;
  return (
    `${ground}<path d="M84 300V146a116 116 0 0 1 232 0v154z" fill="${light}"/>` +
    `<path d="M0 226h400v74H0z" fill="${css(darker(wall, 7))}"/><path d="M0 226h400v5H0z" fill="#3a2410" fill-opacity=".05"/>`
  );
}

const GRAIN =
  '<pattern id="n" width="64" height="26" patternUnits="userSpaceOnUse" patternTransform="rotate(86)">' +
  '<path d="M0 5c16-5 24 4 64 0M0 13c22 5 36-5 64 0M0 21c14-4 40 5 64 0" fill="none" stroke="#4a2810" stroke-opacity=".17" stroke-width="1.500"/></pattern>';
const SHADOW =
  '<radialGradient id="shadow"><stop stop-color="#2a1808" stop-opacity=".42"/><stop offset=".6" stop-color="#2a1808" stop-opacity=".2"/><stop offset="1" stop-color="#2a1808" stop-opacity="0"/></radialGradient>';
const DROP =
  '<filter id="drop" x="-20%" y="-20%" width="140%" height="150%"><feDropShadow dx="5" dy="8" stdDeviation="6" flood-color="#2a1808" flood-opacity=".26"/></filter>';

/** The picture as SVG, 4 : 3 (P1). `id` is a valid product id. */
export function pictureOf(id: string): string {
  const drawing = drawingOf(id);
  const cover = coverOf(id, drawing);
  const draw = createHash('sha1').update(id).digest();
  const body = bodyOf(id, draw);
  const wall = wallFor(body, draw[1] ?? 0);
  const tones = tonesOf(body, css(lighter(wall, 5)));
  const stands = drawing.stands !== undefined;
  const grained = WOODS.has(id.slice(id.lastIndexOf('-') + 1));
  const defs =
    gradientsOf(cover ? [drawing, cover] : [drawing], tones) +
    (grained ? GRAIN : '') +
    (stands ? SHADOW : DROP) +
    `<g id="piece">${pieceOf(drawing, cover, tones, grained)}</g>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="640" height="480" role="img" aria-label="${id.replaceAll('-', ' ')}">` +
    `<defs>${defs}</defs>${roomOf(wall, stands)}` +
    `<g transform="${stands ? 'translate(85 27) scale(1.15)' : 'translate(86 36) scale(1.14)'}"${stands ? '' : ' filter="url(#drop)"'}>` +
    `${groupOf(id, drawing)}</g></svg>`
  );
}
