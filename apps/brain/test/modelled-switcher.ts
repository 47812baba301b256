/**
 * A switcher as a plain model, in real seconds: what it takes on, how long that takes, and what may go wrong meanwhile.
 *
 * S1  One switch at a time is between plan and commit. An emergency takes the place of a weaker one, everything else is
 *     refused meanwhile.
 * S2  A switch is prepared until all that it needs is ready: nothing is missing of what is warm, the rest starts first. The
 *     former shape serves until then. What is not ready in time is given up.
 * S3  A layout in which modules moved is on trial. When one of its services is ill it fails, and the former layout comes
 *     back under an epoch of its own; that is told for a moment.
 */
import { BUNDLE, sameLayout, servicesOf, type Layout } from '@atlas/control-layout';
import type { Shape } from '../src/watch/thought.ts';
import type { Said, Voice, Wish } from '../src/watch/voice.ts';

/** Seconds until a host that starts is of use, and in which a switch is done when all it needs is there. */
export const START_S = 3;
const SWITCH_S = 0.3;
/** S2. */
export const PREPARE_S = 30;
/** S3: until a trial fails, and for how long a revert is told. */
const FAILS_S = 2;
const TOLD_S = 1.5;
/** Pre-warmed services stay for so long, ms. */
const WARM_MS = 15 * 60_000;

/** What goes wrong with a service, or a further bundle, from one second to another: it does not get ready, or it is ill where it serves. */
export interface Mishap {
  readonly kind: 'does not start' | 'ill';
  readonly service: string;
  readonly fromS: number;
  readonly toS: number;
}

/** A layout that was put in force, or was to be, and who asked for it why. */
export interface Move {
  readonly atS: number;
  /** When the switch to it was taken on, s. */
  readonly beganS: number;
  readonly to: Layout;
  readonly reason: string;
}

export interface ModelOptions {
  readonly shape: Shape;
  /** Real time, ms since 1970. */
  readonly nowMs: () => number;
  readonly mishaps?: readonly Mishap[];
}

const bundlesOf = ({ instances }: Layout): number => instances[BUNDLE] ?? 1;

interface Open extends Omit<Move, 'atS'> {
  readonly source: Wish['source'] | 'revert';
  readonly dueS: number;
  readonly deadlineS: number;
}

/** S3. Of a layout that will fail it. */
interface Trial {
  readonly of: Open;
  readonly former: Layout;
  readonly failsS: number;
}

export class ModelledSwitcher implements Voice {
  shape: Shape;
  readonly moves: Move[] = [];
  /** What was taken on and never came into force, but for what had to make room for an emergency. */
  readonly aborted: Move[] = [];
  /** What came into force and was taken back. */
  readonly reverted: Move[] = [];
  readonly #options: ModelOptions;
  #atS = 0;
  #open: Open | undefined;
  #trial: Trial | undefined;
  #toldUntilS = 0;
  /** Service → from when on it is ready, s, and the bundle in reserve. What was ready once stays, for longer than a surge lasts here. */
  #readyS = new Map<string, number>();

  constructor(options: ModelOptions) {
    this.#options = options;
    this.shape = options.shape;
  }

  /** Whether a service that serves is ill. */
  get ill(): boolean {
    return servicesOf(this.shape.layout).some((service) => this.#befalls('ill', service));
  }

  /** Time has come to `atS`. */
  advance(atS: number): void {
    this.#atS = atS;
    if (this.#open && this.#open.dueS <= atS) this.#commit(this.#open);
    else if (this.#open && this.#open.deadlineS <= atS) this.#abort(this.#open);
    else if (this.#trial && this.#trial.failsS <= atS && this.#open === undefined) this.#revert(this.#trial);
    const ready = Object.keys(this.shape.ready).map((service) => [service, this.#isReady(service)]);
    ready.push([BUNDLE, bundlesOf(this.shape.layout) + this.#isReady(BUNDLE)]);
    const { reverted, ...shape } = this.shape;
    const told = reverted && atS < this.#toldUntilS ? { reverted } : {};
    this.shape = { ...shape, ...told, ready: Object.fromEntries(ready) as Shape['ready'] };
  }

  say = (wish: Wish): Promise<Said> => Promise.resolve(this.#said(wish));

  #said({ kind, to, basedOnEpoch, reason, guardrails, source }: Wish): Said {
    const refused = (code: string): Said => ({ kind: 'refused', code, detail: code });
    if (kind === 'pre-warm') {
      this.#start(to);
      return { kind: 'warming', until: new Date(this.#options.nowMs() + WARM_MS).toISOString() };
    }
    if (this.#open && !(source === 'emergency' && this.#open.source === 'brain'))
      return refused('switch_in_progress'); // S1
    if (basedOnEpoch !== this.shape.epoch) return refused('stale');
    if (sameLayout(to, this.shape.layout)) return { kind: 'unchanged' };
    if (guardrails.length > 0 && source === 'brain') return refused('refused_by_policy');
    this.#begin({ to, reason, source });
    return { kind: 'accepted', switchId: `sw-${this.shape.epoch}` };
  }

  /** S2. */
  #begin(wanted: Pick<Open, 'to' | 'reason' | 'source'>): void {
    const { to } = wanted;
    this.#start(to);
    const hosts = this.#neededFor(to).map((host) => this.#readyS.get(host) ?? 0);
    const readyS = Math.max(this.#atS, ...hosts);
    const deadlineS = this.#atS + PREPARE_S;
    this.#open = { ...wanted, beganS: this.#atS, dueS: readyS + SWITCH_S, deadlineS };
    this.shape = { ...this.shape, coming: to };
  }

  #neededFor(to: Layout): string[] {
    const further = bundlesOf(to) > bundlesOf(this.shape.layout);
    return [...servicesOf(to), ...(further ? [BUNDLE] : [])];
  }

  #start(to: Layout): void {
    for (const service of this.#neededFor(to)) {
      if (this.#readyS.has(service)) continue;
      const hindered = this.#befalls('does not start', service);
      this.#readyS.set(service, (hindered?.toS ?? this.#atS) + START_S);
    }
  }

  #commit(open: Open): void {
    const { to, source } = open;
    const { epoch, layout: former } = this.shape;
    this.#open = undefined;
    if (bundlesOf(to) > bundlesOf(former)) this.#readyS.delete(BUNDLE); // it serves
    this.shape = { ...this.shape, epoch: epoch + 1, layout: to, coming: null };
    if (source === 'revert') this.#toldUntilS = this.#atS + TOLD_S;
    else this.moves.push(this.#now(open));
    const moved = servicesOf(to).filter((module) => former.placements[module] === 'bundle');
    const fails = source !== 'revert' && moved.some((service) => this.#befalls('ill', service));
    this.#trial = fails ? { of: open, former, failsS: this.#atS + FAILS_S } : undefined;
  }

  #abort(open: Open): void {
    this.#open = undefined;
    this.aborted.push(this.#now(open));
    this.shape = { ...this.shape, coming: null };
  }

  /** S3. */
  #revert({ of, former }: Trial): void {
    const { epoch, layout } = this.shape;
    this.#trial = undefined;
    this.#toldUntilS = Infinity;
    this.reverted.push(this.#now(of));
    this.shape = { ...this.shape, reverted: { epoch, layout } };
    this.#begin({ to: former, reason: 'revert', source: 'revert' });
  }

  #now = ({ beganS, to, reason }: Open): Move => ({ atS: this.#atS, beganS, to, reason });

  #isReady = (service: string): number => ((this.#readyS.get(service) ?? Infinity) <= this.#atS ? 1 : 0);

  #befalls(kind: Mishap['kind'], service: string): Mishap | undefined {
    const { mishaps = [] } = this.#options;
    return mishaps.find(
      (each) =>
        each.kind === kind && each.service === service && each.fromS <= this.#atS && this.#atS < each.toS,
    );
  }
}
