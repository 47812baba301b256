/**
 * One real shop under real load in which cells are done one after another: its processes, their links, their faults.
 */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { faultFileOf, removeHome, rowsOf, startShop, type Load, type Shop } from '@atlas/e2e';
import type { FaultEffect } from '@atlas/platform-fault';
import type { ProcessRow } from '@atlas/platform-stack';
import { Wires } from './links.ts';
import { agrees, Watch, type Look } from './watch.ts';
import { appOf, playerOf } from './roles.ts';
import { instancesOf, shapeOf, targetOf, type Shape } from './shapes.ts';

/** Of the whole minute that a trial may last where writes are few a cell cannot wait for what comes after it. */
const TRIAL_MS = 1_500;

/**
 * Requests per second: real load, on cores that also start hosts all the time. Everybody buys and half of the cards are
 * refused, so that each step of a checkout comes every second, one in doubt every few seconds.
 */
const RPS = 25;
const LOOK_EVERY_MS = 50;
/** Longest until everything is as a layout says after a fault. */
const SETTLE_MS = 75_000;

export class Field {
  readonly shop: Shop;
  readonly wires: Wires;
  readonly watch: Watch;
  readonly load: Load;
  readonly #faults: string;

  private constructor(parts: Pick<Field, 'shop' | 'wires' | 'watch' | 'load'>) {
    this.shop = parts.shop;
    this.wires = parts.wires;
    this.watch = parts.watch;
    this.load = parts.load;
    this.#faults = faultFileOf(parts.shop.home);
  }

  /** Starts it all; resolves when the load goes. When it does not, nothing is left running beside other fields. */
  static async open(seed: number): Promise<Field> {
    const wires = new Wires();
    const shop = await startShop((home) => ({
      ...{ faults: `file:${faultFileOf(home)}`, mostPauseMs: 200, rewire: wires.rewire },
      trialMostMs: TRIAL_MS,
    }));
    const watch = new Watch(shop.stack.postgresUrl);
    try {
      const load = await shop.load({ peakRps: RPS, mix: 'buyers', seed });
      await load.served(RPS);
      return new Field({ shop, wires, watch, load });
    } catch (error) {
      await end({ watch, shop, wires });
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`no load on a new stack: ${why} (its logs: ${shop.home})`, { cause: error });
    }
  }

  /** Ends everything that was started. @param keep leaves the folder with all logs. */
  async close(keep: boolean): Promise<void> {
    await end(this);
    if (!keep) await removeHome(this.shop.home);
  }

  async arm(rules: readonly string[]): Promise<void> {
    await rm(`${this.#faults}.log`, { force: true });
    await writeFile(this.#faults, rules.join(','));
  }

  async disarm(): Promise<void> {
    await rm(this.#faults, { force: true });
  }

  /** The first effect at this point since `arm`; undefined when there is none until it is given up. */
  async effect(point: string, givenUp: AbortSignal): Promise<FaultEffect | undefined> {
    for (;;) {
      const last = givenUp.aborted;
      const text = await readFile(`${this.#faults}.log`, 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line.endsWith('}'));
      const found = lines.map((line) => JSON.parse(line) as FaultEffect).find((one) => one.point === point);
      if (found || last) return found;
      await wait(10);
    }
  }

  /** The instance that plays a participant's part, as last seen. */
  player(participant: string): string {
    return playerOf(participant, this.watch.last?.state.leases ?? []);
  }

  /** Resolves when every switch is over: none is on trial, and no host of an earlier shape is still to end. */
  async ended(): Promise<void> {
    await this.watch.until('every switch is over', SETTLE_MS, ({ lead }) => lead.unended === 0);
  }

  /** Resolves when the last one that played this part, of a shape before, has ended: its successor gets the first free name. */
  async freed(participant: string): Promise<void> {
    const app = appOf(participant);
    const others = instancesOf((await this.shape()) ?? 'tight').filter((name) => appOf(name) === app).length;
    for (const until = performance.now() + SETTLE_MS; ; await wait(LOOK_EVERY_MS)) {
      const own = (await rowsOf(this.shop.home)).filter(({ instance }) => appOf(instance) === app);
      const leases = this.watch.last?.state.leases.filter(({ instance }) => appOf(instance) === app) ?? [];
      if (Math.max(own.length, leases.length) <= others) return;
      if (performance.now() > until) throw new Error(`a former ${app} does not end`);
    }
  }

  /** The live process of an instance; undefined when there is none. */
  async processOf(instance: string): Promise<ProcessRow | undefined> {
    return (await rowsOf(this.shop.home)).find((row) => row.instance === instance);
  }

  /** The shop gives orders up now whose payment is in doubt: in minutes, without this. */
  async giveUpOrders(): Promise<void> {
    await this.watch.query(`update cart.orders set give_up_at = now() where status = 'payment_pending'`);
  }

  /** What is noted of a cell in the shop's own folder, for whoever reads its logs. */
  async note(line: string): Promise<void> {
    await appendFile(join(this.shop.home, 'logs', 'fire.log'), `${new Date().toISOString()} ${line}\n`);
  }

  /** The shape of the layout in force, fresh from the store. */
  async shape(): Promise<Shape | undefined> {
    const { committed } = await this.watch.store.readState();
    const record = await this.watch.store.readLayout(committed);
    return record && shapeOf(record.layout);
  }

  /** Everything is as the layout in force says, and nothing is under way. */
  async settled(): Promise<Shape> {
    const shapes = new Map<number, Shape | undefined>();
    const look = await this.watch.until('everything is as one layout says', SETTLE_MS, (seen) => {
      const { committed } = seen.state;
      if (!shapes.has(committed)) {
        shapes.set(committed, undefined);
        void this.watch.store
          .readLayout(committed)
          .then((record) => record && shapes.set(committed, shapeOf(record.layout)))
          .catch(() => shapes.delete(committed));
      }
      return isSettled(seen, shapes.get(committed));
    });
    return shapes.get(look.state.committed) as Shape;
  }

  /** What is in force is there because a trial was failed: of the cell's own switch, or still of the one before. */
  async isReverted(): Promise<boolean> {
    const { committed } = await this.watch.store.readState();
    const made = (await this.shop.control.history()).find(({ epoch }) => epoch === committed);
    return made?.kind === 'revert';
  }

  /** Brings it into a shape, where it is in order. A trial of the cell before may end meanwhile, and take it back. */
  async become(shape: Shape): Promise<void> {
    for (let tries = 0; (await this.settled()) !== shape; tries += 1) {
      if (tries > 0 && !(await this.isReverted())) throw new Error(`${shape} is not in force`);
      const { outcome } = await this.shop.control.switchTo(targetOf(shape), SETTLE_MS);
      if (outcome !== 'committed' && outcome !== 'unchanged')
        throw new Error(`no way to ${shape}: ${outcome}`);
    }
  }
}

/** Ends what runs; the folder of the shop, with its logs, stays. */
async function end({ watch, shop, wires }: Pick<Field, 'watch' | 'shop' | 'wires'>): Promise<void> {
  await watch.close();
  await shop.end();
  await wires.close();
}

/** Why a look is not yet in order; empty when it is. */
export function unsettled({ state, lead }: Look, shape: Shape | undefined): string[] {
  const { committed, leases, prepared } = state;
  if (shape === undefined) return ['the layout is unknown'];
  const named = instancesOf(shape);
  const ready = leases
    .filter((lease) => lease.live && lease.health === 'ready' && agrees(lease, committed))
    .map(({ instance }) => instance);
  const count = (names: readonly string[], app: string): number =>
    names.filter((name) => appOf(name) === app).length;
  const lacking = [...new Set(named.map(appOf))].filter((app) => count(ready, app) < count(named, app));
  const working = leases.flatMap(({ instance, live, roots }) =>
    Object.keys(roots)
      .filter((epoch) => live && Number(epoch) < committed && (roots[epoch] ?? 0) > 0)
      .map((epoch) => `${instance} has roots of epoch ${epoch}`),
  );
  return [
    ...(lead.held ? [] : ['nobody leads']),
    ...(lead.open > 0 ? ['a switch is under way'] : []),
    ...(prepared === null ? [] : ['a layout is prepared']),
    ...lacking.map((name) => `${name} is not ready`),
    ...working,
  ];
}

const isSettled = (look: Look, shape: Shape | undefined): boolean => unsettled(look, shape).length === 0;
