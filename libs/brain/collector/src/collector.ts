/**
 * Looks at every host once a second. The only I/O is the source's; all judgement is in `delta.ts`.
 *
 * C1  A host that does not answer in time holds up nobody: its part is missing, and that is said.
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
}

/** The wall clock may drift from the steady one by this much between two rounds, ms. */
const DRIFT_MS = 1_000;

type Told = Round['flaws'][number];

export class Collector {
  readonly #parts: CollectorParts;
  #taken = new Map<string, Taken>();
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
    const taken = await this.#parts.source.take(target).catch(() => undefined);
    if (taken === undefined) return { flaw: 'missing' };
    const delta = deltaOf(this.#taken.get(instance), taken);
    if (delta.kind === 'refused') return delta;
    this.#taken.set(instance, taken);
    if (delta.kind === 'begun') return delta;
    return { look: { instance, app, rates: delta.rates, gauges: delta.gauges } };
  }

  #forget(targets: readonly Target[]): void {
    const known = new Set(targets.map(({ instance }) => instance));
    for (const instance of this.#taken.keys()) if (!known.has(instance)) this.#taken.delete(instance);
  }
}
