/**
 * Looks at every host once a second. The only I/O is the source's; all judgement is in `delta.ts`.
 *
 * C1  A host that does not answer in time holds up nobody: its part is missing, and that is said. Its answer is still
 *     waited for, and taken in the round in which it is there: a host answers late when it is overloaded, and asking it
 *     anew each second would be blind just then.
 * C2  Answers of the shop are known only when every bundle was seen: otherwise a missing one would look like less load.
 */
import { deltaOf, type Flaw, type Taken } from './delta.ts';
import type { Round } from './minute-fold.ts';
import type { Source } from './sources/source.ts';
import type { HostLook } from './summary.ts';

/** A host to be looked at. */
export interface Target {
  readonly instance: string;
  readonly app: string;
  /** Pid and start time: tells a process from its successor of the same name. */
  readonly process: string;
  /** Without the path `/metrics`. */
  readonly metricsUrl: string;
}

export interface Clocks {
  /** Ms since 1970. */
  readonly wallMs: () => number;
  /** Ms of a clock that never jumps. */
  readonly steadyMs: () => number;
}

export interface CollectorParts {
  /** App of the bundle. */
  readonly bundle: string;
  readonly source: Source;
  readonly clocks: Clocks;
  /** C1, ms; 800 by default. */
  readonly patienceMs?: number;
}

/** C1: a round is over before the next begins. */
const PATIENCE_MS = 800;

/** The wall clock may drift from the steady one by this much between two rounds, ms. */
const DRIFT_MS = 1_000;

type Told = Round['flaws'][number];

export class Collector {
  readonly #parts: CollectorParts;
  #taken = new Map<string, Taken>();
  /** C1. Instance → what was asked of which process. */
  readonly #asked = new Map<string, { readonly process: string; readonly answer: Promise<Taken> }>();
  #last: { readonly wallMs: number; readonly steadyMs: number } | undefined;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** One look at all hosts. Never rejects. */
  async round(targets: readonly Target[]): Promise<Round> {
    const at = this.#parts.clocks.wallMs();
    const jumped = this.#jumped(at);
    const looks: HostLook[] = [];
    const flaws: Told[] = jumped ? [{ instance: 'brain', flaw: 'clock-jump' }] : [];
    await Promise.all(
      targets.map(async (target) => {
        const { look, flaw } = await this.#look(target);
        if (look) looks.push(look);
        if (flaw) flaws.push({ instance: target.instance, flaw });
      }),
    );
    this.#forget(targets);
    const bundles = targets.filter(({ app }) => app === this.#parts.bundle);
    if (bundles.length === 0) flaws.push({ instance: this.#parts.bundle, flaw: 'no-bundle' });
    const seen = looks.filter(({ app }) => app === this.#parts.bundle);
    const covered = bundles.length > 0 && seen.length === bundles.length;
    return { at, covered, looks, flaws };
  }

  #jumped(wallMs: number): boolean {
    const now = { wallMs, steadyMs: this.#parts.clocks.steadyMs() };
    const last = this.#last;
    this.#last = now;
    if (!last) return false;
    return Math.abs(now.wallMs - last.wallMs - (now.steadyMs - last.steadyMs)) > DRIFT_MS;
  }

  async #look(target: Target): Promise<{ look?: HostLook; flaw?: Flaw }> {
    const { instance, app } = target;
    const taken = await this.#answer(target).catch(() => undefined);
    if (taken === undefined) return { flaw: 'missing' };
    const delta = deltaOf(this.#taken.get(instance), taken);
    if (delta.kind === 'refused') return delta;
    if (delta.kind === 'begun') {
      this.#taken.set(instance, { ...taken, onTrial: delta.onTrial });
      return { flaw: delta.flaw };
    }
    this.#taken.set(instance, taken);
    const { rates, gauges, work } = delta;
    return { look: { instance, app, rates, gauges, work } };
  }

  /** C1. Undefined: not yet. */
  async #answer(target: Target): Promise<Taken | undefined> {
    const { instance, process } = target;
    const { source, patienceMs = PATIENCE_MS } = this.#parts;
    const before = this.#asked.get(instance);
    const asked = before?.process === process ? before : { process, answer: source.take(target) };
    this.#asked.set(instance, asked);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, patienceMs, 'late')));
    const ended = (): void => {
      clearTimeout(timer);
      if (this.#asked.get(instance) === asked) this.#asked.delete(instance);
    };
    const answer = await Promise.race([asked.answer, late]).catch((error: unknown) => {
      ended();
      throw error;
    });
    if (answer === 'late') return undefined;
    ended();
    return answer;
  }

  #forget(targets: readonly Target[]): void {
    const known = new Set(targets.map(({ instance }) => instance));
    for (const instance of this.#taken.keys()) if (!known.has(instance)) this.#taken.delete(instance);
    for (const instance of this.#asked.keys()) if (!known.has(instance)) this.#asked.delete(instance);
  }
}
