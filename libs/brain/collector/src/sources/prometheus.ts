/**
 * Readings from a Prometheus that scrapes the hosts, by its HTTP API.
 *
 * P1  One scrape is taken as it was: raw values of one moment, never rates that Prometheus made. So a restart, a counter
 *     that fell, a value that is no number and a gap are judged where those of a scrape of our own are.
 * P2  Times are Prometheus' own: when it scraped, and how long ago that is. Its clock and ours need not agree.
 * P3  A process is known by its start time, which comes with the scrape: the newest scrape may still be of a former one.
 * P4  A series that two jobs scrape is not believed: it would look like twice the load.
 * P5  What Prometheus holds for stale it does not tell; a host of which it tells nothing is missing.
 */
import type { Target } from '../collector.ts';
import type { Taken } from '../delta.ts';
import { MOST_LINES, type Sample } from '../prometheus-text.ts';
import { CPU, readingFrom, START, WANTED } from '../reading.ts';
import type { Source } from './source.ts';

export interface PrometheusParts {
  /** Without `/api/v1/query`. */
  readonly url: string;
  /** The body of a successful answer; rejects when there is none in time. */
  readonly ask: (url: string) => Promise<string>;
}

/** Marks the age of the scrape among the answer's series. */
const MARK = 'atlas_scrape';
const NAMES = [...WANTED].join('|');

/** What Prometheus calls a host, unless its configuration renames it: address and port. */
const instanceOf = ({ metricsUrl }: Target): string => JSON.stringify(new URL(metricsUrl).host);

/** All wanted series of a host at its newest scrape, and the age of that, seconds: in one query, so of one moment. */
export function queryOf(target: Target): string {
  const of = `instance=${instanceOf(target)}`;
  return `{__name__=~"${NAMES}",${of}} or label_replace(time() - timestamp(${CPU}{${of}}), "${MARK}", "age", "", "")`;
}

interface Element {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970 at which it was evaluated, and the value as text. */
  readonly value: readonly [number, string];
}

function isElement(element: unknown): element is Element {
  const { metric, value } = (element ?? {}) as Partial<Element>;
  if (typeof metric !== 'object' || metric === null || !Array.isArray(value)) return false;
  const [at, text] = value as readonly unknown[];
  return typeof at === 'number' && typeof text === 'string';
}

/** @throws Error when it is no answer of Prometheus, or one that says too much */
function elementsOf(text: string): Element[] {
  const { status, data } = JSON.parse(text) as { status?: unknown; data?: { result?: unknown } };
  const result: unknown = data?.result;
  if (status !== 'success' || !Array.isArray(result) || result.length > MOST_LINES)
    throw new Error('no vector');
  if (!result.every(isElement)) throw new Error('no vector of plain values');
  return result;
}

/** A text that is empty is no 0. */
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const sampleOf = ({ metric: { __name__: name = '', ...labels }, value: [, text] }: Element): Sample => ({
  ...{ name, labels },
  value: numberOf(text),
});

/** @throws Error when it tells nothing of the host, or of more than one */
export function takenOf(target: Target, text: string): Taken {
  const elements = elementsOf(text);
  const ages = elements.filter(({ metric }) => MARK in metric);
  const [age] = ages;
  if (age === undefined) throw new Error('not scraped'); // P5
  const [evaluatedS, ageText] = age.value;
  const ageMs = numberOf(ageText) * 1_000;
  const samples = elements.filter(({ metric }) => !(MARK in metric)).map(sampleOf);
  const start = samples.find(({ name }) => name === START);
  return {
    process: start ? `started ${start.value}` : target.process, // P3
    steadyMs: evaluatedS * 1_000 - ageMs, // P2
    ageMs,
    reading: readingFrom(samples, ages.length - 1), // P4
  };
}

/** Asks a Prometheus that scrapes the hosts every second. */
export const prometheus = ({ url, ask }: PrometheusParts): Source => ({
  async take(target) {
    const query = new URLSearchParams({ query: queryOf(target) }).toString();
    return takenOf(target, await ask(`${url}/api/v1/query?${query}`));
  },
});
