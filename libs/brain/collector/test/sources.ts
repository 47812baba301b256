/** Every source under the same test: hosts say a text, the collector looks. */
import { prometheus, scrapes, WANTED, type Source } from '../src/index.ts';
import { readText, type Sample } from '../src/prometheus-text.ts';

/** What the hosts say now: instance → text; none: it does not answer. */
export type Hosts = ReadonlyMap<string, string>;

export interface SourceCase {
  readonly name: string;
  readonly source: (hosts: Hosts, steadyMs: () => number) => Source;
  /** How a text that is no metrics shows. */
  readonly unreadable: 'unreadable' | 'missing';
  /** How a text shows that is partly none. */
  readonly cutOff: 'absurd' | 'missing';
}

/** Prometheus writes a label's value, and a number, as it came. */
const elementOf = ({ name, labels, value }: Sample, at: number) => ({
  metric: { __name__: name, instance: 'x', job: 'atlas', ...labels },
  value: [at, Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'],
});

/** A Prometheus that scrapes at the moment it is asked. A text that is none fails the scrape, and all goes stale. */
export function answerOf(text: string | undefined, steadyMs: number, ageS = 0): string {
  const { samples, bad } = readText(text ?? '', WANTED);
  const at = 1_700_000_000 + steadyMs / 1_000;
  const result = bad > 0 ? [] : samples.map((sample) => elementOf(sample, at));
  if (samples.some(({ name }) => name === 'process_cpu_seconds_total') && bad === 0)
    result.push({
      metric: { instance: 'x', job: 'atlas', atlas_scrape: 'age' },
      value: [at, String(ageS)],
    } as never);
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

/** The host that a query asks of. */
const askedOf = (url: string): string =>
  /instance="([^"]+)"/.exec(new URL(url).searchParams.get('query') ?? '')?.[1] ?? '';

export const SOURCES: readonly SourceCase[] = [
  {
    name: "hosts' own metrics",
    source: (hosts, steadyMs) =>
      scrapes({
        clocks: { steadyMs },
        read: async ({ instance }) => {
          const text = hosts.get(instance);
          if (text === undefined) throw new Error('away');
          return text;
        },
      }),
    unreadable: 'unreadable',
    cutOff: 'absurd',
  },
  {
    name: 'Prometheus',
    source: (hosts, steadyMs) =>
      prometheus({
        url: 'http://prometheus:9090',
        ask: async (url) => answerOf(hosts.get(askedOf(url)), steadyMs()),
      }),
    unreadable: 'missing',
    cutOff: 'missing',
  },
];
