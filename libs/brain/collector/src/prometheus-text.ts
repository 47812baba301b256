/** Reads the Prometheus text format as far as the collector needs it: names, labels and values. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be no finite number: who uses it judges it. */
  readonly value: number;
}

/** A host that says more is not believed: lines beyond are counted as bad. */
export const MOST_LINES = 20_000;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;
const SPECIAL: Readonly<Record<string, number>> = { '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity };

const unescaped = (text: string): string =>
  text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)) : text;

/** Undefined when it is not a list of labels to its end. */
function labelsOf(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (!found) return undefined;
    labels[found[1] ?? ''] = unescaped(found[2] ?? '');
  }
  return labels;
}

function sampleOf(line: string): Sample | undefined {
  const [, name, labelled = '', written = ''] = LINE.exec(line) ?? [];
  const labels = labelsOf(labelled);
  if (name === undefined || labels === undefined) return undefined;
  const value = SPECIAL[written] ?? Number(written);
  return Number.isNaN(value) && written !== 'NaN' ? undefined : { name, labels, value };
}

/**
 * All samples of the wanted names, in their order, and the number of lines that are none. Never throws.
 * @param wanted names that count; others are skipped unread
 */
export function readText(text: string, wanted: ReadonlySet<string>): { samples: Sample[]; bad: number } {
  const samples: Sample[] = [];
  let bad = 0;
  const lines = text.split('\n', MOST_LINES + 1);
  if (lines.length > MOST_LINES) bad += 1;
  for (const line of lines.slice(0, MOST_LINES)) {
    if (line === '' || line.startsWith('#')) continue;
    const [name = ''] = /^[\w:]*/.exec(line) ?? [];
    if (name !== '' && !wanted.has(name)) continue;
    const sample = sampleOf(line.trimEnd());
    if (sample) samples.push(sample);
    else bad += 1;
  }
  return { samples, bad };
}
