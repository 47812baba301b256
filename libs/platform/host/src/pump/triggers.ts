import type { Call, Contract, Coupling } from '@atlas/coupling-runtime';

/** One internal operation that the pump starts. */
export interface Triggered {
  /** `shipping.applyOrderPaid`: also the event consumer's name. */
  readonly name: string;
  readonly invoke: (input: unknown, call: Call) => Promise<unknown>;
}
export interface Job extends Triggered {
  readonly everyMs: number;
}
export interface Subscription extends Triggered {
  readonly event: string;
}

export interface Triggers {
  readonly jobs: readonly Job[];
  readonly subscriptions: readonly Subscription[];
}

/** Everything that the contracts want to be started, bound to clients that route by the root's epoch. */
export function triggersOf(contracts: readonly Contract[], coupling: Coupling): Triggers {
  const jobs: Job[] = [];
  const subscriptions: Subscription[] = [];
  for (const contract of contracts) {
    const client: Readonly<Record<string, Triggered['invoke'] | undefined>> = coupling.client(contract);
    for (const [operation, { trigger }] of Object.entries(contract.operations)) {
      const invoke = client[operation];
      if (trigger === undefined || invoke === undefined) continue;
      const name = `${contract.module}.${operation}`;
      if ('everyMs' in trigger) jobs.push({ name, invoke, everyMs: trigger.everyMs });
      else subscriptions.push({ name, invoke, event: trigger.event });
    }
  }
  return { jobs, subscriptions };
}
