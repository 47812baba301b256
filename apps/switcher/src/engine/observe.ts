/** Joins what the store says and what the runtime driver knows into one observation. */
import type { LayoutRecord } from '@atlas/control-layout';
import {
  LEASE_MS,
  type ControlStore,
  type LeaseRow,
  type StoreState,
  type TallyRow,
} from '@atlas/control-store';
import {
  appOf,
  isStuck,
  ordinalOf,
  type HostView,
  type Moment,
  type Observation,
  type OpenSwitch,
} from '../machine/index.ts';
import type { DrivenHost } from '../ports/runtime-driver.ts';

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

/** Spares for as long as they live, hosts that are kept warm, or in reserve, for their time. */
const isKept = ({ purpose, keptUntil }: DrivenHost, now: number): boolean =>
  purpose === 'spare' || (purpose !== 'serving' && (keptUntil ?? 0) > now);

interface Known {
  readonly lease: LeaseRow | null;
  readonly ended: boolean;
  readonly fenced: boolean;
}

function viewOf(driven: DrivenHost, moment: Moment, { lease, ended, fenced }: Known): HostView {
  const { instance, nonce, app, keptUntil, createdAt } = driven;
  return {
    instance,
    nonce,
    app,
    ordinal: ordinalOf(instance),
    createdAt,
    process: ended || driven.state === 'gone' ? 'gone' : 'alive',
    driven: createdAt !== null,
    spawned: driven.pid !== null || lease !== null,
    stopping: driven.state === 'stopping',
    kept: isKept(driven, moment.now),
    keptUntil,
    reserve: driven.purpose === 'reserve',
    blank: driven.blank === true,
    lease,
    stuck: createdAt !== null && isStuck(lease, moment),
    fenced,
  };
}

/**
 * A lease without a record: a record is written before the spawn and struck off after the exit is in the store, so a
 * lapsed lease that no record names belongs to a process that is gone.
 */
function strangerOf(lease: LeaseRow, bundle: string, ended: boolean): HostView {
  const { instance, nonce, kind } = lease;
  return {
    instance,
    nonce,
    app: kind === 'bundle' ? bundle : appOf(instance),
    ordinal: ordinalOf(instance),
    createdAt: null,
    process: ended || !lease.live ? 'gone' : 'alive',
    driven: false,
    spawned: true,
    stopping: false,
    kept: true,
    keptUntil: null,
    reserve: false,
    blank: false,
    lease,
    stuck: false,
    fenced: false,
  };
}

/** All hosts; those of which both sides know are joined by instance and nonce. */
export function hostViews(
  state: StoreState,
  moment: Moment,
  { driven, bundle }: Pick<ObserveInput, 'driven' | 'bundle'>,
): HostView[] {
  const ended = new Set(state.exits.map(keyOf));
  const refused = new Set(state.refused);
  const strangers = new Map(state.leases.map((lease) => [keyOf(lease), lease]));
  const own = driven.map((host) => {
    const key = keyOf(host);
    const lease = strangers.get(key) ?? null;
    strangers.delete(key);
    return viewOf(host, moment, { lease, ended: ended.has(key), fenced: refused.has(host.nonce) });
  });
  const others = [...strangers].map(([key, lease]) => strangerOf(lease, bundle, ended.has(key)));
  return [...own, ...others];
}

/** Layout rows never change: each is read once, and kept for as long as it is needed. */
export class LayoutCache {
  readonly #store: ControlStore;
  readonly #records = new Map<number, LayoutRecord>();

  constructor(store: ControlStore) {
    this.#store = store;
  }

  /** The store has told it unasked. */
  saw({ prepared, preparedLayout }: Pick<StoreState, 'prepared' | 'preparedLayout'>): void {
    if (prepared === null || preparedLayout === null || this.#records.has(prepared)) return;
    this.#records.set(prepared, { epoch: prepared, layout: preparedLayout });
  }

  /** Reads what is missing, and forgets the rest. @throws Error when an epoch that the store names has no row: the store is damaged. */
  async need(epochs: readonly number[]): Promise<void> {
    const missing = epochs.filter((epoch) => !this.#records.has(epoch));
    if (missing.length > 0) await Promise.all(missing.map((epoch) => this.#read(epoch)));
    for (const epoch of this.#records.keys()) if (!epochs.includes(epoch)) this.#records.delete(epoch);
  }

  async #read(epoch: number): Promise<void> {
    const record = await this.#store.readLayout(epoch);
    if (!record) throw new Error(`epoch ${epoch} has no layout in the store`);
    this.#records.set(epoch, record);
  }

  /** One that is needed. */
  get(epoch: number): LayoutRecord {
    const known = this.#records.get(epoch);
    if (!known) throw new Error(`epoch ${epoch} was not read`);
    return known;
  }
}

export interface ObserveInput {
  readonly state: StoreState;
  /** Of the epoch on trial; none when none is. */
  readonly tallies: readonly TallyRow[];
  /** Earlier looks at them. */
  readonly earlier: Observation['earlier'];
  readonly driven: readonly DrivenHost[];
  readonly open: readonly OpenSwitch[];
  readonly abortRequests: Observation['abortRequests'];
  readonly bundle: string;
  readonly coldStartsAtOnce: number;
  readonly keepWarmMs: number;
  readonly prewarm: Observation['prewarm'];
  readonly trialMostMs: number;
  readonly spares: Observation['spares'];
  readonly obstacle: Observation['obstacle'];
  /** Unbroken contact with the store so far, ms. */
  readonly contactMs: number;
}

export async function observe(input: ObserveInput, layouts: LayoutCache): Promise<Observation> {
  const { state, driven, contactMs, ...given } = input;
  const moment = { now: state.storeNow, contactSince: state.storeNow - contactMs };
  const hosts = hostViews(state, moment, { driven, bundle: given.bundle });
  layouts.saw(state);
  const { committed, prepared, liveEpochs } = state;
  await layouts.need([...new Set([...liveEpochs, committed, prepared ?? 0])].filter((epoch) => epoch > 0));
  const silent = hosts.some(({ process, lease }) => process === 'alive' && lease !== null && !lease.live);
  return {
    ...moment,
    trusted: !silent || contactMs >= LEASE_MS,
    committed: committed === 0 ? null : layouts.get(committed),
    prepared: prepared === null ? null : layouts.get(prepared),
    live: liveEpochs.map((epoch) => layouts.get(epoch)),
    trial: state.trial,
    hosts,
    exits: state.exits,
    ...given,
  };
}
