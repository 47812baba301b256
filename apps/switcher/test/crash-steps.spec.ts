/** The switcher dies at each named step, once; its successor finishes what was begun (E4). */
import { modeOf } from '@atlas/control-layout';
import { armFaults } from '@atlas/platform-fault';
import { afterEach, describe, expect, it } from 'vitest';
import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { FAULT_POINTS, HUNG_POINTS, KEEP_WARM_POINTS, REVERT_POINTS } from '../src/engine/fault-points.ts';
import { brokenTally, calmTally, Cluster } from './cluster.ts';

class Life {
  readonly cluster = new Cluster();
  readonly #point: string;
  engine: Engine;
  control: Control;
  deaths = 0;

  constructor(point: string) {
    this.#point = point;
    const { engine, control } = this.cluster.switcher();
    this.engine = engine;
    this.control = control;
  }

  #struck(error: unknown): boolean {
    return String(error).includes(`fault point ${this.#point}: fail`);
  }

  /** The dead one does nothing any more; its lease has to run out. */
  #succeed(): void {
    this.deaths += 1;
    this.cluster.said.length = 0;
    const next = this.cluster.switcher();
    this.engine = next.engine;
    this.control = next.control;
    this.cluster.now += 3_000;
  }

  async run(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      await this.cluster.run(this.engine, 1);
      if (this.cluster.said.some((line) => this.#struck(line))) this.#succeed();
    }
  }

  async ask(work: (control: Control) => Promise<unknown>): Promise<void> {
    await work(this.control).catch((error: unknown) => {
      if (!this.#struck(error)) throw error;
      this.#succeed();
    });
  }

  mode(): string {
    const { state } = this.cluster;
    const layout = state.layouts.get(state.committed);
    if (!layout) throw new Error('no layout in force');
    return modeOf(layout);
  }
}

describe('a switcher that dies', () => {
  afterEach(() => armFaults(undefined, 'switcher'));

  it.each([...FAULT_POINTS, ...HUNG_POINTS, ...REVERT_POINTS])(
    'at %s leaves exactly the old or the new layout, and a successor that finishes',
    async (point) => {
      const life = new Life(point);
      await life.run(10);
      armFaults(`${point}=fail`, 'switcher');
      if (point === 'driver.adopt') {
        await life.engine.stop();
        const next = life.cluster.switcher();
        life.engine = next.engine;
        life.control = next.control;
        await life.run(4);
      }
      // A broken service first: it is taken back, whoever dies on the way.
      life.cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
      await life.ask((control) => control.propose({ placements: { cart: 'service' } }, 'key-broken'));
      await life.run(45);
      life.cluster.tallyOf = (_host, epoch) => calmTally(epoch);
      await life.run(15);
      expect(life.mode()).toBe('tight');
      const modes = ['tight'];
      for (const mode of ['hybrid', 'loose', 'tight'] as const) {
        await life.ask((control) => control.propose({ mode }, `key-${mode}`));
        await life.run(30);
        expect([...modes, mode]).toContain(life.mode());
        await life.ask((control) => control.propose({ mode }, `key-${mode}`));
        await life.run(30);
        expect(life.mode()).toBe(mode);
        modes.splice(0, 1, mode);
      }
      life.cluster.coldStarts = true;
      await life.ask((control) => control.propose({ mode: 'loose' }, 'key-aborted'));
      await life.run(6);
      for (let waited = 0; waited < 31; waited += 1) {
        life.cluster.now += 900;
        await life.run(1);
      }
      life.cluster.coldStarts = false;
      for (const host of life.cluster.hosts.values())
        if (host.record.app !== 'shop') host.health = 'starting';
      await life.run(20);
      for (const host of life.cluster.hosts.values()) host.health = 'ready';
      await life.run(20);
      expect(life.deaths, 'the point was passed').toBe(1);
      const { state } = life.cluster;
      expect([...state.switches.values()].filter((row) => row.open)).toEqual([]);
      expect(state.live).toEqual([state.committed]);
      expect(state.prepared).toBeNull();
    },
  );

  it.each(KEEP_WARM_POINTS)(
    'at %s keeps the bundle in reserve, and opens it for who needs it',
    async (point) => {
      const twoBundles = { mode: 'tight', instances: { bundle: 2 } } as const;
      const life = new Life(point);
      await life.run(10);
      armFaults(`${point}=fail`, 'switcher');
      await life.ask((control) => control.warm(twoBundles));
      await life.run(30);
      const { nonce } = life.cluster.host('shop-1').record;
      await life.ask((control) => control.propose(twoBundles, 'key-two'));
      await life.run(45);
      expect(life.deaths, 'the point was passed').toBe(1);
      const hosts = life.control.status().hosts.map(({ instance, health }) => ({ instance, health }));
      expect(hosts).toEqual(['shop-0', 'shop-1'].map((instance) => ({ instance, health: 'ready' })));
      expect(life.cluster.host('shop-1').record.nonce).toBe(nonce);
      const { state } = life.cluster;
      expect(state.layouts.get(state.committed)?.instances).toEqual({ bundle: 2 });
      expect([...state.switches.values()].filter((row) => row.open)).toEqual([]);
    },
  );

  it('has a name for each step only once', () => {
    expect(new Set(FAULT_POINTS).size).toBe(FAULT_POINTS.length);
  });
});
