/** What of a process's log a developer sees at once; all of it is in the log file. */
import { printable } from '@atlas/platform-telemetry/printable';

const SHOWN: readonly unknown[] = ['warn', 'error', 'fatal', 40, 50, 60];
const PLAIN_FIELDS = [
  'time',
  'level',
  'msg',
  'app',
  'instance',
  'nonce',
  'hostname',
  'pid',
  'v',
  'err',
  'error',
];

const stackOf = (error: unknown): string => {
  const stack: unknown = Reflect.get(Object(error), 'stack') ?? Reflect.get(Object(error), 'message');
  return typeof stack === 'string' ? `\n${stack}` : '';
};

/** Warnings and worse of a JSON log, with their stack traces; what is no JSON as it is. Undefined: nothing to show. */
export function shownLine(text: string): string | undefined {
  const shown = wordsOf(text);
  return shown === undefined ? undefined : printable(shown);
}

function wordsOf(text: string): string | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof entry !== 'object' || entry === null) return text;
  const fields = entry as Readonly<Record<string, unknown>>;
  if (!SHOWN.includes(fields['level'])) return undefined;
  const rest = Object.entries(fields).filter(([key]) => !PLAIN_FIELDS.includes(key));
  const extra = rest.length > 0 ? ` ${JSON.stringify(Object.fromEntries(rest))}` : '';
  return `${String(fields['msg'])}${extra}${stackOf(fields['err'] ?? fields['error'])}`;
}
