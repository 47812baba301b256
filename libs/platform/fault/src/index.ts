/**
 * Fault points: named places where a test may kill, freeze or delay the process. Without `ATLAS_FAULTS` they do nothing.
 *
 * `ATLAS_FAULTS` is a comma-separated list of `point[@instance]=action[:argument]`; `*` at the end of a point or
 * instance matches any rest. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP to itself), `delay:MS`, `fail` (throws).
 * `kill`, `stop` and `fail` take effect once, at the n-th passage with `:N` (default 1); `delay` at every passage.
 */
import { setTimeout as wait } from 'node:timers/promises';

type Action =
  | { readonly kind: 'kill' | 'stop' | 'fail'; readonly nth: number }
  | { readonly kind: 'delay'; readonly ms: number };
interface Rule {
  readonly point: string;
  readonly action: Action;
  passed: number;
}

let rules: Rule[] | undefined;

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/**
 * Reads the faults that concern this instance. Call once, at start.
 * @throws Error naming the part that is not understood.
 */
export function armFaults(spec: string | undefined, instance: string): void {
  rules = undefined;
  for (const part of (spec ?? '').split(',').filter(Boolean)) {
    const found = /^([\w.*-]+)(?:@([\w.*-]+))?=(kill|stop|fail|delay)(?::(\d+))?$/.exec(part);
    if (!found)
      throw new Error(
        `ATLAS_FAULTS: cannot read "${part}"; expected point[@instance]=kill|stop|fail|delay[:N]`,
      );
    const [, point = '', where, kind, argument] = found;
    if (where !== undefined && !matches(where, instance)) continue;
    const n = argument === undefined ? 1 : Number(argument);
    const action: Action =
      kind === 'delay' ? { kind, ms: n } : { kind: kind as 'kill' | 'stop' | 'fail', nth: n };
    (rules ??= []).push({ point, action, passed: 0 });
  }
}

async function act(name: string, armed: readonly Rule[]): Promise<void> {
  for (const rule of armed) {
    if (!matches(rule.point, name)) continue;
    rule.passed += 1;
    const { action } = rule;
    if (action.kind === 'delay') await wait(action.ms);
    else if (rule.passed === action.nth) {
      if (action.kind === 'fail') throw new Error(`fault point ${name}: fail`);
      process.kill(process.pid, action.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    }
  }
}

/**
 * Marks a place where faults can be injected. Names are dotted paths: `switch.commit.before`, `store.renewLease`,
 * `driver.spawn.recorded`, `link.write`. Returns undefined (do not await) when nothing is armed.
 */
export function faultPoint(name: string): Promise<void> | undefined {
  return rules === undefined ? undefined : act(name, rules);
}
