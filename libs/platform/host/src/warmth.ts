/**
 * Warms a host once, under an epoch that has work for it: before it says that it is ready, or, when no layout has any yet
 * (it was started ahead of its switch), while the first layout that has is being prepared.
 */
import { allowedEndpoint, type LayoutRecord } from '@atlas/control-layout';
import type { AgentHost } from '@atlas/control-agent';
import type { Contract } from '@atlas/coupling-runtime';
import type { HostLink } from './host-link.ts';
import type { Pools } from './pools.ts';
import { warmUp } from './warm-up.ts';

export interface WarmthParts {
  readonly host: AgentHost;
  readonly link: Pick<HostLink, 'store' | 'connector' | 'audit' | 'runtime'>;
  readonly pools: Pools;
  readonly contracts: readonly Contract[];
}

const LOOK_EVERY_MS = 20;

export class Warmth {
  readonly #parts: WarmthParts;
  #starting: Promise<number> | undefined;
  /** Once. */
  #calls: Promise<number> | undefined;

  constructor(parts: WarmthParts) {
    this.#parts = parts;
  }

  /** Opens connections, and calls the host through its own listener if any layout has work for it. How many calls. */
  atStart(): Promise<number> {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  /** To be called while a layout is being prepared. Never rejects. */
  async before(record: LayoutRecord): Promise<void> {
    if (this.#parts.host.kind === 'bundle') return; // it has work in every layout
    await this.#starting?.catch(() => undefined);
    if (this.#hasWork(record)) await this.#call(record.epoch);
  }

  async #begin(): Promise<number> {
    const epoch = await this.#firstEpoch();
    await this.#parts.pools.warm();
    return epoch === undefined ? 0 : this.#call(epoch);
  }

  #call(epoch: number): Promise<number> {
    return (this.#calls ??= this.#callOnce(epoch));
  }

  #callOnce(epoch: number): Promise<number> {
    const { host, link, contracts } = this.#parts;
    const { instance, nonce, kind, modules, rpc } = host;
    const self = { instance, nonce, rpc, modules, kind, health: 'ready' as const };
    const own = contracts.filter(({ module }) => modules.includes(module));
    return warmUp({ connector: link.connector, self, epoch, contracts: own, audit: link.audit });
  }

  #hasWork({ layout }: LayoutRecord): boolean {
    const { host } = this.#parts;
    return host.modules.some((module) => allowedEndpoint(layout, module, host) !== 'no');
  }

  /** Being prepared, or in force. Undefined: neither has work for it. Waits for a first layout; a bundle must be able to admit. */
  async #firstEpoch(): Promise<number | undefined> {
    const { host, link } = this.#parts;
    for (;;) {
      if (host.kind !== 'bundle') {
        const records = await this.#layouts().catch(() => []);
        if (records.length > 0) return records.find((record) => this.#hasWork(record))?.epoch;
      } else if (link.runtime.current !== undefined) return link.runtime.held().at(-1);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #layouts(): Promise<LayoutRecord[]> {
    const { store } = this.#parts.link;
    const { prepared, committed } = await store.readState();
    const epochs = [prepared ?? 0, committed].filter((epoch) => epoch > 0);
    const records = await Promise.all(epochs.map((epoch) => store.readLayout(epoch)));
    return records.filter((record) => record !== undefined);
  }
}
