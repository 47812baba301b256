/** Interprets effects. Each may be repeated: the store and the driver refuse or ignore what is done already. */
import type { ControlStore } from '@atlas/control-store';
import { isHung, leavesUntold, mayAct, surplus, type Effect, type Observation } from '../machine/index.ts';
import type { RuntimeDriver } from '../ports/runtime-driver.ts';
import { aroundEffect } from './fault-points.ts';
import type { Leadership } from './leadership.ts';

export interface PerformerParts {
  readonly store: ControlStore;
  readonly leadership: Leadership;
  readonly driver: RuntimeDriver;
  /** A fresh look, for the last check before a host is stopped (E2) or killed. */
  readonly look: () => Promise<Observation>;
  /** Opens the switch that undoes this one. */
  readonly revert: (id: string) => Promise<void>;
}

export class Performer {
  readonly #parts: PerformerParts;

  constructor(parts: PerformerParts) {
    this.#parts = parts;
  }

  async perform(effect: Effect): Promise<void> {
    await aroundEffect(effect, () => this.#act(effect));
  }

  async #act(effect: Effect): Promise<void> {
    const { store, leadership, driver } = this.#parts;
    switch (effect.kind) {
      case 'propose':
        await store.propose(leadership.token(), effect.basedOn, effect.layout);
        return;
      case 'withdraw':
        await store.withdraw(leadership.token(), effect.epoch);
        return;
      case 'commit':
        await store.commit(leadership.token(), effect.from, effect.to, effect.onTrial);
        return;
      case 'end-trial':
        await store.endTrial(leadership.token(), effect.epoch);
        return;
      case 'revert':
        await this.#parts.revert(effect.id);
        return;
      case 'mark-drained':
        await store.markDrained(leadership.token(), effect.epoch);
        return;
      case 'start':
        leadership.token();
        await driver.start(effect.app, effect.instance, effect.reserve);
        return;
      case 'open':
        leadership.token();
        await driver.open(effect.instance, effect.nonce);
        return;
      case 'stop':
        await this.#stop(effect.instance, effect.nonce);
        return;
      case 'keep':
        leadership.token();
        await driver.keep(effect.instance, effect.nonce, effect.until);
        return;
      case 'kill':
        await this.#kill(effect.instance, effect.nonce);
    }
  }

  /**
   * E2: never a host that a live or prepared layout needs, by a fresh read that may be acted on, during which no host has
   * ended; one that leaves already is past that.
   */
  async #stop(instance: string, nonce: string): Promise<void> {
    const { driver, leadership, look } = this.#parts;
    const { ended } = driver;
    const fresh = await look();
    const unneeded = [...surplus(fresh), ...fresh.hosts.filter(leavesUntold)];
    leadership.token();
    if (!mayAct(fresh)) return; // a later turn asks again, if it still is to stop
    if (driver.ended !== ended) return; // the turn that its end wakes asks again
    if (unneeded.some((host) => host.nonce === nonce)) await driver.stop(instance, nonce);
  }

  /** Not if it has become ready, or renewed its lease, at the last moment. */
  async #kill(instance: string, nonce: string): Promise<void> {
    const fresh = await this.#parts.look();
    const hangs = mayAct(fresh) && fresh.hosts.some((host) => host.nonce === nonce && isHung(host, fresh));
    this.#parts.leadership.token();
    if (hangs) await this.#parts.driver.kill(instance, nonce);
  }
}
