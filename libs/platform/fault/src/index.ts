/**
 * Fault points: named places where a test may kill, freeze or delay the process. Without `ATLAS_FAULTS` they do nothing.
 *
 * `ATLAS_FAULTS` is a comma-separated list of `point[@instance]=action[:argument]`; `*` at the end of a point or
 * instance matches any rest. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP to itself), `delay:MS`, `fail` (throws),
 * `break` (throws). `kill`, `stop` and `fail` take effect once, at the n-th passage with `:N` (default 1); `delay` and
 * `break` at every passage.
 *
 * `ATLAS_FAULTS=file:PATH` reads that list from a file, anew at every passage, so that a test can arm a process that
 * runs. What takes effect once is struck off the file before it does: the next start of the process is spared.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

type Action =
  | { readonly kind: 'kill' | 'stop' | 'fail'; readonly nth: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'break' };
interface Rule {
  /** As it was written. */
  readonly text: string;
  readonly point: string;
  readonly action: Action;
  passed: number;
}
/** Where the rules of this process come from. */
interface Armed {
  rules(): readonly Rule[];
  /** The rule takes effect now, and never again. */
  spend(rule: Rule): void;
}

const FROM_FILE = 'file:';

/** What happens at a fault point; undefined: nothing. A promise that never resolves stops whoever passes for ever. */
export type FaultHandler = (point: string) => Promise<void> | undefined;

let armed: Armed | undefined;
let handler: FaultHandler | undefined;

/** Lets a simulation, whose imagined processes share this one, decide at every passage; undefined: no more. */
export function handleFaults(by: FaultHandler | undefined): void {
  handler = by;
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

const partsOf = (spec: string): string[] => spec.trim().split(',').filter(Boolean);

function actionOf(kind: Action['kind'], n: number): Action {
  if (kind === 'delay') return { kind, ms: n };
  return kind === 'break' ? { kind } : { kind, nth: n };
}

/** The rules of a list that concern this instance. @throws Error naming the part that is not understood. */
function parse(spec: string, instance: string): Rule[] {
  return partsOf(spec).flatMap((text) => {
    const found = /^([\w.*-]+)(?:@([\w.*-]+))?=(kill|stop|fail|break|delay)(?::(\d+))?$/.exec(text);
    if (!found)
      throw new Error(
        `ATLAS_FAULTS: cannot read "${text}"; expected point[@instance]=kill|stop|fail|break|delay[:N]`,
      );
    const [, point = '', where, kind, argument] = found;
    if (where !== undefined && !matches(where, instance)) return [];
    const n = argument === undefined ? 1 : Number(argument);
    return [{ text, point, action: actionOf(kind as Action['kind'], n), passed: 0 }];
  });
}

/** Rules of a file that may change at any time; an absent one holds none. Passages count for as long as it stays the same. */
function fromFile(path: string, instance: string): Armed {
  let last = '';
  let rules: Rule[] = [];
  const read = (): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  return {
    rules: () => {
      const text = read();
      if (text !== last) rules = parse(text, instance);
      last = text;
      return rules;
    },
    spend: (rule) => {
      const rest = partsOf(read()).filter((text) => text !== rule.text);
      writeFileSync(path, rest.join(','));
    },
  };
}

/**
 * Reads the faults that concern this instance. Call once, at start.
 * @throws Error naming the part that is not understood.
 */
export function armFaults(spec: string | undefined, instance: string): void {
  armed = undefined;
  if (spec?.startsWith(FROM_FILE)) {
    armed = fromFile(spec.slice(FROM_FILE.length), instance);
    return;
  }
  const rules = parse(spec ?? '', instance);
  if (rules.length > 0) armed = { rules: () => rules, spend: () => undefined };
}

async function act(name: string, { rules, spend }: Armed): Promise<void> {
  for (const rule of rules()) {
    if (!matches(rule.point, name)) continue;
    rule.passed += 1;
    const { action } = rule;
    if (action.kind === 'delay') await wait(action.ms);
    else if (action.kind === 'break') throw new Error(`fault point ${name}: break`);
    else if (rule.passed === action.nth) {
      spend(rule);
      if (action.kind === 'fail') throw new Error(`fault point ${name}: fail`);
      process.kill(process.pid, action.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    }
  }
}

/** Whether anything can happen at fault points: for places that are marked only then, since each passage would cost. */
export const faultsArmed = (): boolean => armed !== undefined;

/**
 * Marks a place where faults can be injected. Names are dotted paths: `switch.commit.before`, `store.renewLease`,
 * `driver.spawn.recorded`, `link.write`. Returns undefined (do not await) when nothing is armed.
 */
export function faultPoint(name: string): Promise<void> | undefined {
  if (handler !== undefined) return handler(name);
  return armed === undefined ? undefined : act(name, armed);
}
