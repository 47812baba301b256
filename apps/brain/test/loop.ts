/** The whole loop without I/O, in a time that the test moves: one bundle that answers, a switcher, a store. */
import type { Clocks, Target } from '@atlas/brain-collector';
import { PAPER } from '@atlas/brain-decision';
import { sameLayout, servicesOf, type Layout } from '@atlas/control-layout';
import type { TraceTime } from '../src/clocks.ts';
import type { Learner } from '../src/costs/learner.ts';
import type { Autonomy } from '../src/watch/autonomy.ts';
import type { Council } from '../src/watch/council.ts';
import type { Guard } from '../src/watch/guard.ts';
import type { Mind } from '../src/watch/mind.ts';
import type { Shape } from '../src/watch/thought.ts';
import type { Said, Voice, Wish } from '../src/watch/voice.ts';
import { Watch } from '../src/watch/watch.ts';
import { MemoryBrainStore, MODULES, newCouncil, newMind, TIGHT } from './scene.ts';

const SHOP: Target = { instance: 'shop-0', app: 'shop', process: '1', metricsUrl: 'http://shop' };

/** What a switcher may make of a wish besides what the level says. */
export type Mood = 'well' | 'refuses' | 'busy' | 'deaf' | 'mute';

/** A switcher that keeps to what is agreed of levels, epochs and freezes, and commits at once. */
export class FakeSwitcher implements Voice {
  readonly heard: Wish[] = [];
  /** What counted when each wish was heard. */
  readonly levels: number[] = [];
  readonly switched: { readonly atMs: number; readonly wish: Wish }[] = [];
  mood: Mood = 'well';
  shape: Shape = TIGHT;
  readonly #now: () => number;
  #waiting = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  set(autonomy: Partial<Autonomy>): void {
    const { level = autonomy.level ?? 0 } = autonomy;
    const set = { level, effective: level, heldUntil: null, frozen: null, ...autonomy };
    this.shape = { ...this.shape, autonomy: set };
  }

  /** Puts a layout in force. */
  commit(to: Layout): void {
    this.#start(to);
    this.shape = { ...this.shape, epoch: this.shape.epoch + 1, layout: to };
  }

  /** Its services are ready at once. */
  #start(to: Layout): void {
    const ready = Object.fromEntries(servicesOf(to).map((service) => [service, 1]));
    this.shape = { ...this.shape, ready: { ...this.shape.ready, ...ready } };
  }

  say = (wish: Wish): Promise<Said> => {
    this.heard.push(wish);
    this.levels.push(this.shape.autonomy.effective);
    return Promise.resolve(this.#said(wish));
  };

  #said(wish: Wish): Said {
    const refused = (code: string): Said => ({ kind: 'refused', code, detail: code });
    const silent: Said = { kind: 'silent', detail: 'no answer in time' };
    const { effective, frozen } = this.shape.autonomy;
    if (this.mood === 'deaf') return silent;
    if (this.mood === 'refuses') return refused('refused_by_policy');
    if (this.mood === 'busy') return refused('switch_in_progress');
    if (frozen) return refused('frozen');
    if (effective === 0) return refused('held_by_level');
    if (wish.kind === 'pre-warm') {
      this.#start(wish.to);
      return { kind: 'warming', until: new Date(this.#now() + 900_000).toISOString() };
    }
    if (wish.basedOnEpoch !== this.shape.epoch) return refused('stale');
    if (sameLayout(wish.to, this.shape.layout)) return { kind: 'unchanged' };
    if (effective === 4 && wish.guardrails.length > 0 && wish.source === 'brain')
      return refused('refused_by_policy');
    if (!this.#performs(wish, effective)) {
      this.#waiting += 1;
      const expiresAt = new Date(this.#now() + 600_000).toISOString();
      return { kind: 'waiting', proposalId: `p-${this.#waiting}`, expiresAt };
    }
    this.commit(wish.to);
    this.switched.push({ atMs: this.#now(), wish });
    return this.mood === 'mute' ? silent : { kind: 'accepted', switchId: `sw-${this.shape.epoch}` };
  }

  #performs({ to, guardrails, source }: Wish, level: number): boolean {
    const moves = Object.entries(to.placements).some(
      ([module, place]) => this.shape.layout.placements[module] !== place,
    );
    if (level === 2) return !moves;
    return level >= 3 && (guardrails.length === 0 || source === 'emergency');
  }
}

export interface World {
  rps: number;
  arrived: number;
  answered: number;
  cpu: number;
  shop: boolean;
  switcherTells: boolean;
  /** The switcher's status is there to be read. */
  shown: boolean;
}

export interface LoopOptions {
  readonly mind?: Mind;
  readonly store?: MemoryBrainStore;
  readonly council?: Council;
  readonly guard?: Guard;
  readonly learner?: Learner;
  readonly startMs?: number;
  readonly time?: TraceTime;
}

export function loop(options: LoopOptions = {}) {
  const { mind = newMind(), store = new MemoryBrainStore(), startMs, time } = options;
  const { council = newCouncil(), guard = () => [], learner } = options;
  const now = { wallMs: startMs ?? 1_800_000_000_000, steadyMs: 0 };
  store.clock = () => now.wallMs;
  const world: World = {
    ...{ rps: 100, arrived: 0, answered: 0, cpu: 1 },
    ...{ shop: true, switcherTells: true, shown: true },
  };
  /** What becomes of a text, and of a look at the shape, on its way. */
  const wire = { through: (text: string): string => text, shape: (): void => undefined };
  const asked: Layout[] = [];
  const switcher = new FakeSwitcher(() => now.wallMs);
  const text = (): string => {
    const [of, took] = ['operation="cart.get"', 'atlas_edge_request_duration_seconds'];
    return [
      `process_cpu_seconds_total ${world.cpu}`,
      `atlas_edge_arrivals_total{${of}} ${world.arrived}`,
      `atlas_edge_requests_total{${of},status="200"} ${world.answered}`,
      ...['0.05', '+Inf'].map((le) => `${took}_bucket{${of},le="${le}"} ${world.answered}`),
      '',
    ].join('\n');
  };
  const eyes = {
    targets: () => Promise.resolve([SHOP]),
    metrics: async () => {
      if (!world.shop) throw new Error('away');
      return wire.through(text());
    },
    shape: () => {
      wire.shape();
      return Promise.resolve(world.shown ? switcher.shape : undefined);
    },
    plan: (to: Layout) => {
      asked.push(to);
      return world.switcherTells
        ? Promise.resolve({ starts: [], stops: [], moves: [], refusals: ['no connections are left'] })
        : Promise.reject(new Error('away'));
    },
  };
  const log = { warn: () => undefined, info: () => undefined };
  const clocks: Clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const { coolDownMs } = PAPER;
  const thinks = { mind, council, guard };
  const parts = { bundle: 'shop', modules: MODULES, eyes, voice: switcher, store, clocks, log, coolDownMs };
  const watch = new Watch({ ...parts, ...thinks, ...(time && { time }), ...(learner && { learner }) });
  const seconds = async (count: number, clock = 1): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      now.wallMs += 1_000 * clock;
      now.steadyMs += 1_000;
      world.arrived += world.rps;
      world.answered += world.rps;
      world.cpu += 0.1 + world.rps / 50_000;
      await watch.look();
    }
  };
  return { now, world, wire, asked, switcher, store, watch, mind, seconds };
}
