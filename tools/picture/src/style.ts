/**
 * How all drawings of the docs look: one palette, one card, readable where pages are light and where they are dark.
 * Colours are classes; a drawing's own `<style>` is this one.
 */

/** Text at a place; `content` is escaped. */
export const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const LIGHT = [
  ['--card', '#fffdf9'],
  ['--line', '#e4ded1'],
  ['--ink', '#262b26'],
  ['--muted', '#666c62'],
  ['--one', '#1c6b50'],
  ['--two', '#c0561b'],
  ['--three', '#3f6fae'],
  ['--tight', '#d7ecdf'],
  ['--hybrid', '#fae7bf'],
  ['--loose', '#d7e4f7'],
] as const;
const DARK = [
  ['--card', '#161b1e'],
  ['--line', '#30383d'],
  ['--ink', '#eceee9'],
  ['--muted', '#a0a9a4'],
  ['--one', '#74d1a8'],
  ['--two', '#ff9d63'],
  ['--three', '#8db8f2'],
  ['--tight', '#1d3a2e'],
  ['--hybrid', '#43361a'],
  ['--loose', '#20324d'],
] as const;

const variables = (pairs: readonly (readonly [string, string])[]): string =>
  `svg{${pairs.map(([name, value]) => `${name}:${value}`).join(';')}}`;

/** For a `<style>` element. Classes: `title`, `sub`, `axis`, `grid`, `card`; `own` adds a drawing's. */
export const sheet = (own: string): string =>
  `<style>${variables(LIGHT)}@media(prefers-color-scheme:dark){${variables(DARK)}}` +
  'text{font:13px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}' +
  '.title{font-size:20px;font-weight:650}.sub,.axis{fill:var(--muted)}.axis{font-size:12px}' +
  `.grid{stroke:var(--line);stroke-width:1}.card{fill:var(--card);stroke:var(--line)}${own}</style>`;

/** The whole drawing on its card. `label` is read to those who do not see it. */
export const drawing = (
  size: { readonly width: number; readonly height: number },
  label: string,
  parts: readonly string[],
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(label)}">`,
    ...parts,
    '</svg>\n',
  ].join('\n');

export const card = ({ width, height }: { readonly width: number; readonly height: number }): string =>
  `<rect class="card" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="14"/>`;
