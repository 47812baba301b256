/**
 * The Prometheus text format, version 0.0.4. A host that waits is asked once a second, and code that runs so seldom is
 * never compiled: the fewer steps the better.
 */
import type { Line } from './edge-series.ts';
import { METRICS, type MetricKey } from './metric-names.ts';

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const SPECIAL = /[\\"\n]/;
const written = (value: string | number): string => {
  const text = String(value);
  return SPECIAL.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text;
};

function numberOf(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function lineOf(name: string, { metricName = name, labels, value }: Line): string {
  let inside = '';
  for (const label in labels)
    inside += `${inside === '' ? '{' : ','}${label}="${written(labels[label] ?? '')}"`;
  return `${metricName}${inside === '' ? '' : `${inside}}`} ${numberOf(value)}\n`;
}

/** Metrics of the registry, each with what reads its lines when it is asked for. */
export class Exposition {
  readonly #parts = new Map<MetricKey, { readonly head: string; readonly lines: () => readonly Line[] }>();

  /** A histogram's or summary's lines name its buckets, sum and count themselves. Read again: the former is replaced. */
  read(key: MetricKey, lines: () => readonly Line[]): void {
    const { name, help, kind } = METRICS[key];
    this.#parts.set(key, { head: `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`, lines });
  }

  text(): string {
    let text = '';
    for (const [key, { head, lines }] of this.#parts) {
      text += head;
      for (const line of lines()) text += lineOf(METRICS[key].name, line);
    }
    return text;
  }
}
