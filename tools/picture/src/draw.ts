import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import type { Band, Bucket, Timeline } from './buckets.ts';

const WIDTH = 1200;
const PANEL = {
  left: 64,
  right: 16,
  latencyTop: 56,
  latencyHeight: 240,
  rateTop: 336,
  rateHeight: 110,
  height: 496,
};
const MODE_FILL: Readonly<Record<string, string>> = { tight: '#dcefe6', hybrid: '#fbeccd', loose: '#dbe6f8' };

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;

/** The time in which an epoch was the newest: bands without their overlaps. */
function shownFrom(bands: readonly Band[], index: number, seconds: number): readonly [number, number] {
  return [index === 0 ? 0 : (bands[index]?.from ?? 0), bands[index + 1]?.from ?? seconds];
}

/** Draws rate and latency of a run over its epochs as one SVG, readable on light and dark pages. */
export function drawTimeline(timeline: Timeline, title: string): string {
  const { buckets, bands, seconds } = timeline;
  const x = scaleLinear([0, seconds], [PANEL.left, WIDTH - PANEL.right]);
  const slowest = Math.max(10, ...buckets.map((bucket) => bucket.p99Ms));
  const latencyBottom = PANEL.latencyTop + PANEL.latencyHeight;
  const rateBottom = PANEL.rateTop + PANEL.rateHeight;
  const latency = scaleLog([1, slowest * 1.2], [latencyBottom, PANEL.latencyTop]).clamp(true);
  const rate = scaleLinear(
    [0, Math.max(...buckets.map((bucket) => bucket.perSecond)) * 1.1],
    [rateBottom, PANEL.rateTop],
  );
  const curve = (value: (bucket: Bucket) => number): string =>
    line<Bucket>(
      (bucket) => x(bucket.at),
      (bucket) => latency(Math.max(1, value(bucket))),
    )([...buckets]) ?? '';
  const rates =
    area<Bucket>(
      (bucket) => x(bucket.at),
      rateBottom,
      (bucket) => rate(bucket.perSecond),
    )([...buckets]) ?? '';

  const background = bands.map((band, index) => {
    const [from, to] = shownFrom(bands, index, seconds);
    const width = Math.max(0, x(to) - x(from));
    const box = (top: number, height: number): string =>
      `<rect x="${x(from).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${height}" fill="${MODE_FILL[band.mode] ?? '#eee'}"/>`;
    const label =
      width < 44
        ? ''
        : text(x(from) + 4, PANEL.latencyTop + 16, `${band.mode} ${band.epoch}`, 'class="band"');
    return box(PANEL.latencyTop, PANEL.latencyHeight) + box(PANEL.rateTop, PANEL.rateHeight) + label;
  });
  const commits = bands
    .slice(1)
    .map(
      (band) => `<path d="M${x(band.from).toFixed(1)} ${PANEL.latencyTop}V${rateBottom}" class="commit"/>`,
    );
  const latencyTicks = [1, 3, 10, 30, 100, 300, 1000, 3000].filter((ms) => ms <= slowest * 1.2);
  const ticks = [
    ...latencyTicks.map((ms) => text(PANEL.left - 8, latency(ms) + 4, `${ms} ms`, 'text-anchor="end"')),
    ...rate.ticks(3).map((rps) => text(PANEL.left - 8, rate(rps) + 4, `${rps}/s`, 'text-anchor="end"')),
    ...x.ticks(12).map((s) => text(x(s), rateBottom + 20, `${s} s`, 'text-anchor="middle"')),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${PANEL.height}" role="img" aria-label="${title}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#39433e}.title{font-size:16px;font-weight:600}.band{font-size:11px;font-weight:600}.commit{stroke:#39433e;stroke-width:1;stroke-dasharray:3 3;opacity:.55}.p50{fill:none;stroke:#1f6f54;stroke-width:2}.p99{fill:none;stroke:#b4541c;stroke-width:1.5}.rate{fill:#1f6f54;opacity:.35}</style>',
    `<rect width="${WIDTH}" height="${PANEL.height}" fill="#fff" rx="10"/>`,
    text(PANEL.left, 30, title, 'class="title"'),
    text(
      WIDTH - PANEL.right,
      30,
      'median (green) and 99th percentile (orange) latency; requests per second below',
      'text-anchor="end"',
    ),
    ...background,
    `<path d="${rates}" class="rate"/>`,
    `<path d="${curve((bucket) => bucket.p99Ms)}" class="p99"/>`,
    `<path d="${curve((bucket) => bucket.p50Ms)}" class="p50"/>`,
    ...commits,
    ...ticks,
    '</svg>\n',
  ].join('\n');
}
