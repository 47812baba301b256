/** One imagined switcher: the real engine, control and process driver, on the imagined machine and store link. */
import { StoreUnavailableError } from '@atlas/control-store';
import { Control, RefusedError } from '@atlas/switcher-app/control';
import { Engine } from '@atlas/switcher-app/engine';
import { NotLeaderError } from '@atlas/switcher-app/leadership';
import { ProcessDriver } from '@atlas/switcher-app/process-driver';
import { actorOf, type Actor } from './clock.ts';
import { BUNDLE_APP } from './host.ts';
import { MODULES } from './schedule.ts';
import { storeLink } from './store-link.ts';
import type { World } from './world.ts';

const SHOP = { bundle: BUNDLE_APP, modules: MODULES, hybrid: ['cart'], poolBudget: 60, autonomy: 4 } as const;
const RECIPE = { main: '', env: {} };

const OF_A_LOST_RACE = ['StaleLeaderError', 'SwitchConflictError', 'AutonomyConflictError'];

/** Errors that are part of life. */
export const isExpected = (error: unknown): boolean =>
  error instanceof RefusedError ||
  error instanceof NotLeaderError ||
  error instanceof StoreUnavailableError ||
  (error instanceof Error && OF_A_LOST_RACE.includes(error.name));

export class SwitcherProcess {
  readonly actor: Actor;
  readonly engine: Engine;
  readonly control: Control;
  #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.actor = actorOf(name);
    let drawn = 0;
    const { trialMostMs } = world.schedule;
    this.engine = new Engine({
      store: storeLink(world, this.actor),
      driver: (ledger) =>
        new ProcessDriver({
          recipes: Object.fromEntries([BUNDLE_APP, ...MODULES].map((app) => [app, RECIPE])),
          bundle: BUNDLE_APP,
          logsDir: '',
          ledger,
          say: (message, details) => world.tell(`${name} ${message}`, details),
          system: world.machine,
        }),
      registry: { publish: () => Promise.resolve() },
      shop: { ...SHOP, ...(trialMostMs === undefined ? {} : { trialMostMs }) },
      holder: name,
      say: (message, details) => this.#said(message, details),
      clock: () => world.clock.now,
      draw: () => `${name}-${(drawn += 1)}`,
      ...(world.plant.table ? { table: world.plant.table } : {}),
    });
    this.control = new Control(this.engine);
  }

  #said(message: string, details: Readonly<Record<string, unknown>>): void {
    this.#world.tell(`${this.actor.name} ${message}`, details);
    const error = String(details['error']);
    if (message !== 'turn failed' || OF_A_LOST_RACE.some((name) => error.startsWith(name))) return;
    this.#world.oracle.defect(`${this.actor.name} ${message}`, error);
  }

  boot(): void {
    this.#world.clock.after(0, this.actor, () => this.engine.start());
  }
}
