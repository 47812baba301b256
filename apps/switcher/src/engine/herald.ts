/** Tells the outside what was seen: listeners of the feed, and `run.json`. Says nothing twice. */
import type { Observation } from '../machine/index.ts';
import type { RunRegistry, RunRow } from '../ports/run-registry.ts';
import type { RuntimeDriver } from '../ports/runtime-driver.ts';
import type { Feed } from './feed.ts';
import { healthOf, hostInfos, layoutInfo } from './views.ts';

export interface HeraldParts {
  readonly feed: Feed;
  readonly registry: RunRegistry;
  readonly driver: RuntimeDriver;
  /** This switcher leads, by its own clock. */
  readonly leads: () => boolean;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** Nonce → pid of the hosts on the driver's books. */
export const pidsOf = (driver: RuntimeDriver): ReadonlyMap<string, number | null> =>
  new Map(driver.hosts().map(({ nonce, pid }) => [nonce, pid]));

const textOf = ({ app, instance, pid, startTime, rpc, metricsUrl }: RunRow): string =>
  `${app} ${instance} ${pid} ${startTime} ${rpc} ${metricsUrl}`;

/** What is news of hosts: one that came or went, its pid, health, and that it stops. In no order that means anything. */
const markOf = ({ hosts }: Observation, pids: ReadonlyMap<string, number | null>): string =>
  hosts
    .filter(({ process }) => process === 'alive')
    .map((host) => {
      const { instance, nonce, lease, stopping } = host;
      return `${instance} ${nonce} ${pids.get(nonce) ?? lease?.pid} ${healthOf(host)} ${stopping}`;
    })
    .sort()
    .join();

export class Herald {
  readonly #parts: HeraldParts;
  /** Undefined: whatever there is to say is written. */
  #published: string | undefined;
  /** Why the last attempt to publish failed; said once. */
  #hindered = '';

  constructor(parts: HeraldParts) {
    this.#parts = parts;
  }

  /** A new layout in force, and hosts that came, went or changed their health. */
  tell(seen: Observation): void {
    const { feed, driver } = this.#parts;
    const { committed } = seen;
    if (committed)
      feed.tellIfNew('layout', `${committed.epoch}`, () => ({
        event: 'layout',
        data: layoutInfo(committed),
      }));
    const pids = pidsOf(driver);
    feed.tellIfNew('hosts', markOf(seen, pids), () => ({ event: 'hosts', data: hostInfos(seen, pids) }));
  }

  /** Another switcher may have written since: the next `publish` writes whatever it has to say. */
  startAnew(): void {
    this.#published = undefined;
  }

  /** A file that cannot be written is said and tried again; it does not hold up a switch. */
  async publish(seen: Observation): Promise<void> {
    const rows = this.#rows(seen);
    const text = rows.map(textOf).join();
    if (text === this.#published) return;
    try {
      await this.#parts.registry.publish(rows, this.#parts.leads);
      this.#published = text;
      this.#hindered = '';
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      if (why !== this.#hindered) this.#parts.say('run.json could not be written', { error: String(error) });
      this.#hindered = why;
    }
  }

  /** One row for each host that runs and has shown its address, and for each spare, which has none. */
  #rows(seen: Observation): RunRow[] {
    const leases = new Map(seen.hosts.map(({ nonce, lease }) => [nonce, lease]));
    return this.#parts.driver
      .hosts()
      .flatMap(({ app, instance, nonce, pid, pidStartedAt, state, purpose }) => {
        const lease = leases.get(nonce);
        if (pid === null || pidStartedAt === null || state === 'gone') return [];
        if (!lease && purpose !== 'spare') return [];
        const { rpc, metricsUrl } = lease ?? { rpc: null, metricsUrl: null };
        return [{ app, instance, pid, startTime: pidStartedAt, rpc, metricsUrl }];
      });
  }
}
