/**
 * What each mode costs: CPU per request and memory, of everything but the load driver.
 *
 * U1  A second counts for a mode only when the shop was in that mode, with no switch open, at its begin and its end.
 * U2  CPU of a process that ended inside a second is counted up to its last look.
 * U3  Memory of a mode is the median of its looks.
 * U4  Several bundles cost more than one: a mode is told with the fewest bundles that it was seen with.
 * U5  CPU of a process that `run.json` does not name (yet) counts for the nearest one above it that it names: a host's
 *     first moments for the switcher that started it.
 */
import { readRunFile } from '@atlas/platform-stack';
import { familyOf, listProcesses, memoryMb, ownersOf } from './process-usage.ts';

/** What was going on at the moment of a look. */
export interface Moment {
  /** Null while a switch is open, or before the first answer. */
  readonly mode: string | null;
  readonly bundles: number;
  /** Requests so far: only what comes between two looks counts. */
  readonly requests: number;
}

export interface ModeCost {
  readonly cpuMsPerRequest: number | null;
  readonly pssMb: number | null;
}

interface Tally {
  readonly mode: string;
  readonly bundles: number;
  cpuMs: number;
  requests: number;
  readonly memory: number[];
}

interface Used {
  /** As in `run.json`; `stack` for this process. */
  readonly app: string;
  readonly cpuMs: number;
}

interface Look extends Moment {
  /** By pid and start. */
  readonly cpu: ReadonlyMap<string, Used>;
}

/** Memory is dear to look at: each fifteenth look only. */
const MEMORY_EVERY = 15;

export class UsageMeter {
  readonly #home: string;
  readonly #except: number | undefined;
  readonly #tallies = new Map<string, Tally>();
  #last: Look | undefined;
  /** Of all looks; CPU by app, ms. */
  readonly #whole = { cpuMs: new Map<string, number>(), requests: 0 };
  #looks = 0;
  #busy = false;

  /** `except`: the load driver's pid. */
  constructor(home: string, except: number | undefined) {
    this.#home = home;
    this.#except = except;
  }

  /** Call once a second. Looks that overlap, or that the system refuses, are left out: the next one sees more. */
  async look(moment: Moment): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const family = await this.#family();
      this.#count({ ...moment, cpu: new Map(family.map(({ key, app, cpuMs }) => [key, { app, cpuMs }])) });
      this.#looks += 1;
      if (moment.mode !== null && this.#looks % MEMORY_EVERY === 0)
        this.#tally(moment.mode, moment.bundles).memory.push(await memoryMb(family.map(({ pid }) => pid)));
    } catch {
      // No descriptor, or no process for a `ps`: a figure is no reason to end the shop.
    } finally {
      this.#busy = false;
    }
  }

  /** U4. */
  costs(): Record<string, ModeCost> {
    const byBundles = [...this.#tallies.values()].sort((a, b) => b.bundles - a.bundles);
    return Object.fromEntries(
      byBundles.map(({ mode, cpuMs, requests, memory }) => [
        mode,
        { cpuMsPerRequest: requests === 0 ? null : cpuMs / requests, pssMb: median(memory) },
      ]),
    );
  }

  /** CPU of all looks, switches included, per request, by app (U5); none before two looks. */
  cpuMsPerRequestByApp(): Record<string, number> {
    const { cpuMs, requests } = this.#whole;
    if (requests === 0) return {};
    return Object.fromEntries([...cpuMs].map(([app, used]) => [app, used / requests]));
  }

  /** The same of all apps together; null before two looks. */
  overallCpuMsPerRequest(): number | null {
    const each = Object.values(this.cpuMsPerRequestByApp());
    return each.length === 0 ? null : each.reduce((sum, used) => sum + used, 0);
  }

  async #family(): Promise<(Used & { readonly pid: number; readonly key: string })[]> {
    const run = await readRunFile(this.#home).catch(() => undefined);
    const names = new Map([
      ...(run?.processes ?? []).map(({ pid, app }) => [pid, app] as const),
      [process.pid, 'stack'] as const,
    ]);
    const family = familyOf(await listProcesses(), new Set(names.keys()), this.#except);
    const byPid = new Map(family.map((usage) => [usage.pid, usage]));
    return [...ownersOf(family, names)].flatMap(([app, pids]) =>
      pids.flatMap((pid) => {
        const usage = byPid.get(pid);
        return usage ? [{ app, pid, cpuMs: usage.cpuMs, key: `${pid}:${usage.start}` }] : [];
      }),
    );
  }

  /** U1, U2. */
  #count(look: Look): void {
    const last = this.#last;
    this.#last = look;
    if (!last) return;
    const requests = look.requests - last.requests;
    let all = 0;
    for (const [key, { app, cpuMs }] of look.cpu) {
      const used = cpuMs - (last.cpu.get(key)?.cpuMs ?? 0);
      all += used;
      this.#whole.cpuMs.set(app, (this.#whole.cpuMs.get(app) ?? 0) + used);
    }
    this.#whole.requests += requests;
    if (look.mode === null || last.mode !== look.mode || last.bundles !== look.bundles) return;
    const tally = this.#tally(look.mode, look.bundles);
    tally.requests += requests;
    tally.cpuMs += all;
  }

  #tally(mode: string, bundles: number): Tally {
    const key = `${mode} ×${bundles}`;
    const there = this.#tallies.get(key);
    if (there) return there;
    const made: Tally = { mode, bundles, cpuMs: 0, requests: 0, memory: [] };
    this.#tallies.set(key, made);
    return made;
  }
}

/** U3. Null without values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
