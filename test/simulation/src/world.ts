/** One simulated life: a store, two switchers, the hosts they start, customers, an operator, and the schedule's faults. */
import { memoryState, type MemoryState } from '@atlas/control-store';
import { Clock, type Actor } from './clock.ts';
import { Customers } from './customers.ts';
import { Dice } from './dice.ts';
import { Faults } from './faults.ts';
import type { HostProcess } from './host.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { Operator } from './operator.ts';
import { Oracle } from './oracle.ts';
import type { Plant } from './plants.ts';
import type { Schedule } from './schedule.ts';
import { Ledger } from './shop.ts';
import { SwitcherProcess } from './switcher.ts';

const SWITCHERS = 2;
/** After the schedule's span, everything must have come to rest within so much, virtual ms. */
const REST_WITHIN_MS = 150_000;
const LOOK_EVERY_MS = 200;
const OPEN_EVERY_MS = 100;

export class World {
  readonly schedule: Schedule;
  readonly plant: Plant;
  readonly dice: Dice;
  readonly clock = new Clock();
  readonly store: MemoryState = memoryState();
  readonly ledger = new Ledger();
  readonly oracle: Oracle;
  readonly network: Network;
  readonly machine: Machine;
  readonly faults: Faults;
  readonly customers: Customers;
  readonly operator: Operator;
  readonly switchers: SwitcherProcess[] = [];
  /** Told what the switchers log: virtual ms, message, details. */
  onSay: ((at: number, message: string, details: Readonly<Record<string, unknown>>) => void) | undefined;
  /** Virtual ms. */
  openedAt = 0;
  #started = 0;
  #over = false;

  constructor(schedule: Schedule, plant: Plant = {}) {
    this.schedule = schedule;
    this.plant = plant;
    this.dice = new Dice(schedule.seed, 'world');
    this.oracle = new Oracle(this);
    this.network = new Network(this);
    this.machine = new Machine(this);
    this.faults = new Faults(this);
    this.customers = new Customers(this);
    this.operator = new Operator(this);
  }

  /** For whoever follows one life in detail. */
  tell(message: string, details: Readonly<Record<string, unknown>>): void {
    this.onSay?.(Math.round(this.clock.now), message, details);
  }

  /** One way, ms. */
  latency(actor?: Actor): number {
    const { weather } = this.schedule;
    if (weather === 'calm') return this.dice.chance(0.95) ? 0 : this.dice.whole(1, 30);
    if (weather === 'jitter') return this.dice.chance(0.5) ? 0 : this.dice.whole(0, 20);
    const isSwitcher = this.switchers.some((one) => one.actor === actor);
    return isSwitcher ? this.dice.whole(0, 20) : this.dice.whole(10, 150);
  }

  /** Runs to its end: at rest, or with a violation. */
  async live(): Promise<void> {
    for (let i = 0; i < SWITCHERS; i += 1) this.#start();
    this.clock.after(OPEN_EVERY_MS, this.clock.world, () => this.#open());
    await this.clock.run(() => this.#over || this.oracle.check());
  }

  /** As soon as the first layout is in force and a bundle takes requests, the schedule begins. */
  #open(): void {
    const { clock, schedule, machine } = this;
    if (!machine.alive().some(({ accepting }) => accepting)) {
      if (clock.now > REST_WITHIN_MS) this.oracle.breaks('rest', 'the shop never opened');
      return void clock.after(OPEN_EVERY_MS, clock.world, () => this.#open());
    }
    this.openedAt = clock.now;
    this.faults.begin();
    this.customers.begin();
    this.operator.begin();
    clock.after(schedule.spanMs, clock.world, () => this.#look());
  }

  #start(): SwitcherProcess {
    this.#started += 1;
    const made = new SwitcherProcess(this, `switcher-${this.#started}`);
    this.switchers.push(made);
    made.boot();
    return made;
  }

  /** Another process takes the place of one that died. */
  replace(dead: SwitcherProcess): void {
    this.switchers.splice(this.switchers.indexOf(dead), 1);
    this.#start();
  }

  /** After the span: is all done and at rest? */
  #look(): void {
    const { clock, schedule, operator, customers, faults } = this;
    for (const promised of [operator, customers, faults]) promised.insist();
    const unrest = this.#unrest();
    if (operator.done && customers.done && unrest === undefined) {
      this.#over = true;
      return;
    }
    if (clock.now > this.openedAt + schedule.spanMs + REST_WITHIN_MS) {
      const why = unrest ?? (operator.done ? 'orders are open' : 'proposals are open');
      this.oracle.breaks('rest', `not at rest ${REST_WITHIN_MS} ms after the last event: ${why}`);
    }
    clock.after(LOOK_EVERY_MS, clock.world, () => this.#look());
  }

  /** Warm, or in reserve, beside what serves. */
  #isKept(key: string): boolean {
    const record = this.store.hosts.get(key)?.record;
    return record !== undefined && record.purpose !== 'serving' && (record.keptUntil ?? 0) > Date.now();
  }

  /** It stands still, fenced, and nobody ever knew its pid: a switcher died right after its spawn. */
  #endsWhenItThaws(host: HostProcess): boolean {
    const { actor, instance, nonce } = host;
    const isFenced = this.store.refused.has(`${instance}:${nonce}`);
    return isFenced && actor.frozenUntil > this.clock.now && !this.oracle.isWithinReach(host);
  }

  /** Why it is not at rest; undefined when exactly one layout is in force, everywhere, and nothing is left to do. */
  #unrest(): string | undefined {
    const { store, machine } = this;
    const open = [...store.switches.values()].filter((row) => row.open);
    if (open.length > 0) return `switch ${open[0]?.id} is open`;
    if (store.committed === 0) return 'no layout is in force';
    if (store.prepared !== null) return `epoch ${store.prepared} is prepared`;
    if (store.live.length !== 1) return `epochs ${store.live.join(', ')} are live`;
    const layout = store.layouts.get(store.committed);
    const wanted = ['shop', ...Object.keys(layout?.placements ?? {})].map((app) => {
      const named = app === 'shop' || layout?.placements[app] === 'service';
      return [app, named ? (layout?.instances[app === 'shop' ? 'bundle' : app] ?? 1) : 0] as const;
    });
    const present = machine.alive().filter((host) => !this.#endsWhenItThaws(host));
    for (const [app, count] of wanted) {
      const alive = present.filter((host) => host.app === app);
      const kept = alive.filter(({ instance, nonce }) => this.#isKept(`${instance}:${nonce}`)).length;
      if (alive.length < count || alive.length - kept > count)
        return `${alive.length} of ${app} run, ${count} are needed`;
      const healths = alive.map(({ agent }) => agent?.status().health);
      if (healths.filter((health) => health === 'ready').length < count) return `${app} is not ready`;
      if (healths.some((health) => health !== 'ready' && health !== 'reserve'))
        return `${app} starts or ends`;
    }
    const stray = present.find(
      ({ runtime, kind }) => kind === 'bundle' && runtime?.current !== store.committed,
    );
    return stray && `${stray.instance} does not admit under ${store.committed}`;
  }
}
