/** A store link that breaks where the test says: before a write took effect, or after it, with the answer lost. */
import { StoreUnavailableError, type ControlStore } from '@atlas/control-store';

export type Break = {
  /** Writes that still go well. */
  readonly after: number;
  /** Whether the broken write took effect. */
  readonly effect: boolean;
  /** From then on nothing goes through: the process is dead. Else only this one call fails. */
  readonly dead: boolean;
};

const WRITES = [
  'propose',
  'withdraw',
  'commit',
  'endTrial',
  'markDrained',
  'saveSwitch',
  'saveAutonomy',
  'recordHost',
  'forgetHost',
  'recordExit',
  'fence',
  'appendAudit',
] as const satisfies readonly (keyof ControlStore)[];

export class FlakyLink {
  #break: Break | undefined;
  #left = 0;
  #dead = false;

  get dead(): boolean {
    return this.#dead;
  }

  /** Breaks once. */
  arm(plan: Break): void {
    this.#break = plan;
    this.#left = plan.after;
  }

  /** The same store behind this link. */
  over(store: ControlStore): ControlStore {
    const writes = Object.fromEntries(
      WRITES.map((name) => [
        name,
        this.#through((...args: never[]) => Reflect.apply(store[name], store, args), true),
      ]),
    );
    return {
      ...store,
      ...(writes as Pick<ControlStore, (typeof WRITES)[number]>),
      readState: this.#through(() => store.readState(), false),
      readTallies: this.#through((epoch: number) => store.readTallies(epoch), false),
      readLayout: this.#through((epoch: number) => store.readLayout(epoch), false),
      readSwitch: this.#through((id: string) => store.readSwitch(id), false),
      readAutonomy: this.#through(() => store.readAutonomy(), false),
      listHosts: this.#through(() => store.listHosts(), false),
      listSwitches: this.#through(
        (query: { open?: boolean; limit: number }) => store.listSwitches(query),
        false,
      ),
      acquireLeadership: this.#through(
        (...args: Parameters<ControlStore['acquireLeadership']>) => store.acquireLeadership(...args),
        false,
      ),
    };
  }

  #through<Args extends readonly never[] | readonly unknown[], T>(
    call: (...args: Args) => Promise<T>,
    write: boolean,
  ): (...args: Args) => Promise<T> {
    return async (...args) => {
      if (this.#dead) throw new StoreUnavailableError('this process is dead');
      const plan = this.#break;
      if (!write || plan === undefined) return call(...args);
      if (this.#left > 0) {
        this.#left -= 1;
        return call(...args);
      }
      this.#break = undefined;
      if (plan.effect) await call(...args);
      this.#dead = plan.dead;
      throw new StoreUnavailableError('the link broke');
    };
  }
}
