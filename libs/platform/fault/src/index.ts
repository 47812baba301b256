/**
 * Fault points: named places where a test may kill, freeze or delay the process. Without `ATLAS_FAULTS` they do nothing.
 *
 * `ATLAS_FAULTS` is a comma-separated list of `point[@instance]=action[:argument]`; `*` at the end of a point or
 * instance matches any rest. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP to itself), `fail` (throws),
 * `delay:MS`, `break` (throws), `cut:MS` (throws, for so long from the first passage on). `kill`, `stop` and `fail` take
 * effect once, at the n-th passage with `:N` (default 1); `delay`, `break` and `cut` at every passage.
 *
 * `ATLAS_FAULTS=file:PATH` reads that list from a file, anew at every passage, so that a test can arm a process that
 * runs. What takes effect once is struck off the file before it does: the next start of the process is spared.
 * `PATH.log` gets a line of JSON (`FaultEffect`) before a rule takes effect for the first time.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

type Action =
  | { readonly kind: 'kill' | 'stop' | 'fail'; readonly nth: number }
  | { readonly kind: 'delay' | 'cut'; readonly ms: number }
  | { readonly kind: 'break' };
interface Rule {
  /** As it was written. */
  readonly text: string;
  readonly point: string;
  readonly action: Action;
  passed: number;
  /** When a `cut` ends, ms on the monotonic clock; undefined before its first passage. */
  until?: number;
}
/** A line of `PATH.log`: what took effect where. */
export interface FaultEffect {
  /** ms since 1970. */
  readonly at: number;
  readonly pid: number;
  readonly instance: string;
  readonly point: string;
  /** The rule as it was written. */
  readonly rule: string;
}
/** Where the rules of this process come from. */
interface Armed {
  rules(): readonly Rule[];
  /** The rule takes effect now, and never again. */
  spend(rule: Rule): void;
  /** The rule takes effect for the first time. */
  tell(rule: Rule, point: string): void;
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
  if (kind === 'delay' || kind === 'cut') return { kind, ms: n };
  return kind === 'break' ? { kind } : { kind, nth: n };
}

/** The rules of a list that concern this instance. @throws Error naming the part that is not understood. */
function parse(spec: string, instance: string): Rule[] {
  return partsOf(spec).flatMap((text) => {
    const found = /^([\w.*-]+)(?:@([\w.*-]+))?=(kill|stop|fail|break|delay|cut)(?::(\d+))?$/.exec(text);
    if (!found)
      throw new Error(
        `ATLAS_FAULTS: cannot read "${text}"; expected point[@instance]=kill|stop|fail|break|delay|cut[:N]`,
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
    tell: ({ text }, point) => {
      const effect: FaultEffect = { at: Date.now(), pid: process.pid, instance, point, rule: text };
      appendFileSync(`${path}.log`, `${JSON.stringify(effect)}\n`);
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
  if (rules.length > 0) armed = { rules: () => rules, spend: () => undefined, tell: () => undefined };
}

/** Whether the rule takes effect at this passage. */
function strikes(rule: Rule): boolean {
  rule.passed += 1;
  const { action } = rule;
  switch (action.kind) {
    case 'delay':
    case 'break':
      return true;
    case 'cut':
      rule.until ??= performance.now() + action.ms;
      return performance.now() < rule.until;
    default:
      return rule.passed === action.nth;
  }
}

async function act(name: string, rules: readonly Rule[], { spend, tell }: Armed): Promise<void> {
  for (const rule of rules) {
    if (!strikes(rule)) continue;
    const { action } = rule;
    const lasting = !('nth' in action);
    if (!lasting || rule.passed === 1) tell(rule, name);
    if (!lasting) spend(rule);
    if (action.kind === 'delay') await wait(action.ms);
    else if (action.kind === 'kill' || action.kind === 'stop')
      process.kill(process.pid, action.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    else throw new Error(`fault point ${name}: ${action.kind}`);
  }
}

/** Whether anything can happen at fault points: for places that are marked only then, since each passage would cost. */
export const faultsArmed = (): boolean => armed !== undefined;

/**
 * Marks a place where faults can be injected. Names are dotted paths: `switch.commit.before`, `store.renewLease`,
 * `driver.spawn.recorded`, `link.write`. Returns undefined (do not await) when nothing is armed for it.
 */
export function faultPoint(name: string): Promise<void> | undefined {
  if (handler !== undefined) return handler(name);
  if (armed === undefined) return undefined;
  const rules = armed.rules().filter(({ point }) => matches(point, name));
  return rules.length === 0 ? undefined : act(name, rules, armed);
}
