import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import type { Band, Bucket, Timeline } from './buckets.ts';
import { card, drawing, sheet, text } from './style.ts';

const SIZE = { width: 1200, height: 590 };
const LEFT = 78;
const RIGHT = SIZE.width - 28;
/** Upper and lower edges: the ribbon of shapes, latency, rate. */
const RIBBON = { top: 96, bottom: 122 };
const LATENCY = { top: 138, bottom: 388 };
const RATE = { top: 428, bottom: 536 };

const OWN =
  '.p50{fill:none;stroke:var(--one);stroke-width:2.5}.p99{fill:none;stroke:var(--two);stroke-width:1.75}' +
  '.between{fill:var(--two);opacity:.1}.rate{fill:var(--three);opacity:.3}.rate-line{fill:none;stroke:var(--three);stroke-width:1.75}' +
  '.commit{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 4;opacity:.5}' +
  '.tight{fill:var(--tight)}.hybrid{fill:var(--hybrid)}.loose{fill:var(--loose)}.pale{opacity:.34}' +
  '.band{font-weight:600}.failed{fill:#d4322c}';

type Scale = ScaleContinuousNumeric<number, number>;

/** The time in which an epoch was the newest: bands without their overlaps. */
function shownFrom(bands: readonly Band[], index: number, seconds: number): readonly [number, number] {
  return [index === 0 ? 0 : (bands[index]?.from ?? 0), bands[index + 1]?.from ?? seconds];
}

/** About this many pixels per letter of a band's label. */
const LETTER = 7.2;

function bandsOf({ bands, seconds }: Timeline, x: Scale): string[] {
  return bands.map((band, index) => {
    const [from, to] = shownFrom(bands, index, seconds);
    const left = x(from);
    const width = Math.max(0, x(to) - left - 2);
    const box = (top: number, bottom: number, kind: string): string =>
      `<rect class="${band.mode} ${kind}" x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${bottom - top}"/>`;
    const label = [`${band.mode} ${band.epoch}`, `${band.epoch}`].find(
      (words) => words.length * LETTER + 12 <= width,
    );
    return (
      box(RIBBON.top, RIBBON.bottom, '') +
      box(LATENCY.top, LATENCY.bottom, 'pale') +
      box(RATE.top, RATE.bottom, 'pale') +
      (label === undefined ? '' : text(left + 7, RIBBON.top + 18, label, 'class="band"'))
    );
  });
}

const duration = (value: number): string => (value < 1_000 ? `${value} ms` : `${value / 1_000} s`);

function axes(x: Scale, latency: Scale, rate: Scale): string[] {
  const [, slowest = 1] = latency.domain();
  const across = (y: number, words: string): string =>
    `<path class="grid" d="M${LEFT} ${y.toFixed(1)}H${RIGHT}"/>` +
    text(LEFT - 12, y + 4, words, 'class="axis" text-anchor="end"');
  return [
    ...[1, 3, 10, 30, 100, 300, 1_000, 3_000]
      .filter((ms) => ms <= slowest)
      .map((ms) => across(latency(ms), duration(ms))),
    ...rate.ticks(3).map((perSecond) => across(rate(perSecond), `${perSecond}/s`)),
    ...x.ticks(12).map((s) => text(x(s), RATE.bottom + 24, `${s} s`, 'class="axis" text-anchor="middle"')),
  ];
}

function legend(): string[] {
  const entry = (at: number, colour: string, words: string): string =>
    `<path d="M${at} 60h22" stroke="var(${colour})" stroke-width="3" stroke-linecap="round"/>` +
    text(at + 30, 64, words, 'class="sub"');
  return [
    entry(LEFT, '--one', 'median latency'),
    entry(LEFT + 150, '--two', '99th percentile'),
    entry(LEFT + 306, '--three', 'requests per second'),
    `<path class="commit" d="M${LEFT + 488} 60h26"/>`,
    text(LEFT + 522, 64, 'a new shape takes over', 'class="sub"'),
  ];
}

/** Draws rate and latency of a run over its epochs as one SVG, readable on light and dark pages. */
export function drawTimeline(timeline: Timeline, title: string): string {
  const { buckets, bands, seconds } = timeline;
  const x = scaleLinear([0, seconds], [LEFT, RIGHT]);
  const slowest = Math.max(10, ...buckets.map(({ p99Ms }) => p99Ms)) * 1.25;
  const latency = scaleLog([1, slowest], [LATENCY.bottom, LATENCY.top]).clamp(true);
  const busiest = Math.max(1, ...buckets.map(({ perSecond }) => perSecond));
  const rate = scaleLinear([0, busiest * 1.1], [RATE.bottom, RATE.top]);
  const at = (bucket: Bucket): number => x(bucket.at);
  const curve = (y: (bucket: Bucket) => number): string =>
    line<Bucket>(at, y).curve(curveMonotoneX).digits(1)([...buckets]) ?? '';
  const filled = (low: number | ((bucket: Bucket) => number), high: (bucket: Bucket) => number): string => {
    const shape = area<Bucket>().x(at).y1(high).curve(curveMonotoneX).digits(1);
    return (typeof low === 'number' ? shape.y0(low) : shape.y0(low))([...buckets]) ?? '';
  };
  const p50 = (bucket: Bucket): number => latency(Math.max(1, bucket.p50Ms));
  const p99 = (bucket: Bucket): number => latency(Math.max(1, bucket.p99Ms));
  const perSecond = (bucket: Bucket): number => rate(bucket.perSecond);
  return drawing(SIZE, title, [
    sheet(OWN),
    card(SIZE),
    text(LEFT, 38, title, 'class="title"'),
    ...legend(),
    text(LEFT - 12, RIBBON.top + 18, 'shape', 'class="axis" text-anchor="end"'),
    ...bandsOf(timeline, x),
    ...axes(x, latency, rate),
    `<path class="between" d="${filled(p50, p99)}"/>`,
    `<path class="p99" d="${curve(p99)}"/>`,
    `<path class="p50" d="${curve(p50)}"/>`,
    `<path class="rate" d="${filled(RATE.bottom, perSecond)}"/>`,
    `<path class="rate-line" d="${curve(perSecond)}"/>`,
    ...bands
      .slice(1)
      .map(({ from }) => `<path class="commit" d="M${x(from).toFixed(1)} ${RIBBON.top}V${RATE.bottom}"/>`),
    ...buckets
      .filter(({ failed }) => failed > 0)
      .map((bucket) => `<circle class="failed" cx="${at(bucket).toFixed(1)}" cy="${LATENCY.top}" r="4"/>`),
  ]);
}
