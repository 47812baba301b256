/** The protocol under random proposals, crashes, lost answers, dead and silent hosts, and roots that do not end. */
import { modeOf } from '@atlas/control-layout';
import type { SwitchRow } from '@atlas/control-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefusedError, type Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { NotLeaderError } from '../src/engine/leadership.ts';
import { EXCLUSIVE, type Level, type SwitchState } from '../src/machine/index.ts';
import { needsOf, union } from '../src/machine/needs.ts';
import { STUCK_AFTER_MS } from '../src/machine/observation.ts';
import { MAX_LIVE_EPOCHS } from '../src/machine/state.ts';
import { brokenTally, calmTally, Cluster, SHOP, type FakeHost } from './cluster.ts';
import { FlakyLink } from './flaky-store.ts';

const module = fc.constantFrom(...SHOP.modules);
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('turns' as const),
      turns: fc.integer({ min: 1, max: 6 }),
      stepMs: fc.constantFrom(100, 900),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('propose' as const),
      services: fc.uniqueArray(module, { maxLength: 4 }),
      bundles: fc.integer({ min: 1, max: 2 }),
      source: fc.constantFrom('emergency' as const, 'operator' as const, 'brain' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('approve' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('level' as const),
      level: fc.constantFrom<Level[]>(0, 1, 3, 4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const), ends: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('warm' as const), services: fc.uniqueArray(module) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      after: fc.integer({ min: 0, max: 8 }),
      effect: fc.boolean(),
      dead: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), index: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('silence' as const), index: fc.nat(9), silent: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('root' as const), index: fc.nat(9), begins: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('worse' as const), module: fc.option(module) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cold' as const), cold: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('later' as const), ms: fc.integer({ min: 500, max: 35_000 }) }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const stateOf = (row: SwitchRow): SwitchState => row.state as SwitchState;

class Trial {
  readonly cluster = new Cluster();
  readonly put = new Set<number>();
  /** Found within a turn, where an exception would be taken for a broken link. */
  readonly #broken: string[] = [];
  #link = new FlakyLink();
  #engine: Engine;
  #control: Control;

  constructor() {
    this.cluster.onStop = (host) => this.#mayStop(host);
    const made = this.#switcher();
    this.#engine = made.engine;
    this.#control = made.control;
  }

  #switcher() {
    this.#link = new FlakyLink();
    const store = this.cluster.store();
    return this.cluster.switcher(
      this.#link.over({
        ...store,
        markDrained: async (token, epoch) => {
          this.#mayDrain(epoch);
          await store.markDrained(token, epoch);
        },
        fence: async (token, instance, nonce) => {
          this.#mayKill(`${instance}:${nonce}`);
          await store.fence(token, instance, nonce);
        },
      }),
    );
  }

  /** E2: what remains is enough for every live layout. */
  #mayStop(stopped: FakeHost): void {
    const live = this.cluster.state.live.map((epoch) => {
      const layout = this.cluster.state.layouts.get(epoch);
      if (!layout) throw new Error(`no layout ${epoch}`);
      return needsOf(layout, SHOP.bundle);
    });
    const { app } = stopped.record;
    const staying = [...this.cluster.hosts.values()].filter(
      (host) => host.record.app === app && !host.stopAsked,
    );
    const needed = union(live)[app] ?? 0;
    if (staying.length < needed)
      this.#broken.push(`E2: ${stopped.record.instance} was stopped though needed`);
  }

  /** None that has said that it is ready, unless silent for long. Asked before the fence, which takes its lease. */
  #mayKill(key: string): void {
    const { lease, renewedAt = 0 } = this.cluster.state.leases.get(key) ?? {};
    const said = lease?.health ?? 'starting';
    if (said !== 'starting' && this.cluster.now - renewedAt < STUCK_AFTER_MS)
      this.#broken.push(`${key} was killed though ${said}`);
  }

  /** E2: nobody, silent or not, runs a root of a drained epoch. */
  #mayDrain(epoch: number): void {
    for (const { record, roots, view } of this.cluster.hosts.values()) {
      if (roots[epoch]) this.#broken.push(`E2: ${record.instance} has roots of drained ${epoch}`);
      if (record.app === SHOP.bundle && view <= epoch) {
        this.#broken.push(`E2: ${record.instance} still admits under drained ${epoch}`);
      }
    }
  }

  check(): void {
    const { state } = this.cluster;
    expect(this.#broken).toEqual([]);
    const open = [...state.switches.values()].filter((row) => row.open).map(stateOf);
    const exclusive = open.filter(({ stage }) => EXCLUSIVE.includes(stage.phase));
    expect(exclusive.length, 'E3: switches between plan and commit').toBeLessThanOrEqual(1);
    expect(state.live.length).toBeLessThanOrEqual(MAX_LIVE_EPOCHS);
    if (state.committed > 0) {
      this.put.add(state.committed);
      expect(state.live).toContain(state.committed);
    }
    for (const { stage } of open) {
      if (stage.phase !== 'trial' || stage.epoch !== state.committed) continue;
      expect(state.live.length, 'the snapshot stays live, hence warm, during a trial').toBeGreaterThan(1);
    }
    for (const { stage } of [...state.switches.values()].map(stateOf)) {
      if (stage.phase === 'ended' && stage.ending.outcome === 'reverted') {
        const back = state.layouts.get(stage.ending.byEpoch);
        expect(this.put.has(stage.ending.byEpoch), 'E4: a revert puts an epoch of its own in force').toBe(
          true,
        );
        expect(back, 'a revert goes back').toBeDefined();
      }
      if (stage.phase !== 'ended' || stage.epoch === null || stage.ending.outcome === 'unchanged') continue;
      expect(this.put.has(stage.epoch), 'E4: the outcome says what happened').toBe(
        stage.ending.outcome === 'committed' || stage.ending.outcome === 'reverted',
      );
    }
  }

  #host(index: number): FakeHost | undefined {
    const all = [...this.cluster.hosts.values()];
    return all[index % Math.max(1, all.length)];
  }

  async turns(count: number, stepMs = 100): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      await this.cluster.run(this.#engine, 1, stepMs);
      this.check();
      if (!this.#link.dead) continue;
      const next = this.#switcher();
      this.#engine = next.engine;
      this.#control = next.control;
    }
  }

  /** Refusals and lost links are part of life; everything else is a defect. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const expected = error instanceof RefusedError || error instanceof NotLeaderError;
      if (!expected && !(error instanceof Error && error.name === 'StoreUnavailableError')) throw error;
    }
  }

  async obey(given: Command): Promise<void> {
    const { cluster } = this;
    switch (given.kind) {
      case 'turns':
        return this.turns(given.turns, given.stepMs);
      case 'propose': {
        const placements = Object.fromEntries(given.services.map((name) => [name, 'service' as const]));
        const { bundles, source } = given;
        return this.#try(() => this.#control.propose({ placements, instances: { bundle: bundles }, source }));
      }
      case 'rollback':
        return this.#try(() => this.#control.rollback({}));
      case 'approve': {
        const waiting = this.#engine.autonomy.now.wishes.find(({ state }) => state === 'waiting');
        return this.#try(() => this.#control.approve(waiting?.id ?? 'none'));
      }
      case 'level':
        return this.#try(() => this.#control.setLevel(given.level));
      case 'freeze':
        return this.#try(() => (given.ends ? this.#control.unfreeze() : this.#control.freeze('')));
      case 'warm': {
        const placements = Object.fromEntries(given.services.map((name) => [name, 'service' as const]));
        return this.#try(() => this.#control.warm({ placements, minutes: 1 }));
      }
      case 'abort': {
        const last = this.#engine.book.open().at(-1);
        if (last) this.#engine.requestAbort(last.id, 'no');
        return;
      }
      case 'break':
        this.#link.arm(given);
        return;
      case 'kill': {
        const host = this.#host(given.index);
        if (host) cluster.kill(host.record.instance);
        return;
      }
      case 'silence': {
        const host = this.#host(given.index);
        if (host) host.silent = given.silent;
        return;
      }
      case 'root': {
        const host = this.#host(given.index);
        if (host?.record.app !== SHOP.bundle || host.view === 0) return;
        if (!given.begins) host.roots = {};
        else if (!host.stopAsked)
          host.roots = { ...host.roots, [host.view]: (host.roots[host.view] ?? 0) + 1 };
        return;
      }
      case 'worse': {
        const broken = given.module;
        cluster.tallyOf = (_host, epoch) => (broken === null ? calmTally(epoch) : brokenTally(epoch, broken));
        return;
      }
      case 'cold':
        cluster.coldStarts = given.cold;
        for (const host of cluster.hosts.values()) if (!given.cold) host.health = 'ready';
        return;
      case 'later':
        cluster.now += given.ms;
    }
  }

  /** Everyone is well again: all comes to rest. */
  async heal(): Promise<void> {
    this.cluster.coldStarts = false;
    this.cluster.tallyOf = (_host, epoch) => calmTally(epoch);
    for (let round = 0; round < 30; round += 1) {
      for (const host of this.cluster.hosts.values()) {
        host.silent = false;
        host.health = 'ready';
        host.roots = {};
      }
      this.cluster.now += 2_000; // pre-warms end, too
      await this.turns(4);
    }
  }
}

describe('the switch protocol, whatever happens,', () => {
  it('keeps E2, E3 and E4, and comes to rest in exactly one layout', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 45 }), async (commands) => {
        const trial = new Trial();
        await trial.turns(6);
        for (const given of commands) {
          await trial.obey(given);
          trial.check();
        }
        await trial.heal();
        const { state } = trial.cluster;
        const open = [...state.switches.values()].filter((row) => row.open).map(stateOf);
        expect(open.map(({ id, stage }) => `${id} ${stage.phase}`)).toEqual([]);
        expect(state.live).toEqual([state.committed]);
        expect(state.prepared).toBeNull();
        const layout = state.layouts.get(state.committed);
        if (!layout) throw new Error('no layout in force');
        const wanted = Object.entries(needsOf(layout, SHOP.bundle)).sort();
        const running = new Map<string, number>();
        for (const { app } of trial.cluster.machine.running.values())
          running.set(app, (running.get(app) ?? 0) + 1);
        expect([...running].sort(), `hosts of ${modeOf(layout)}`).toEqual(wanted);
      }),
      { numRuns: Number(process.env['ATLAS_PROPERTY_RUNS'] ?? 60) },
    );
  });
});
