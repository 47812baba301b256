/** Whoever wants switches: proposes what the schedule says to the switcher that leads, until it is taken on or refused for good. */
import type { Proposal, Warming } from './schedule.ts';
import { LEAST_SWITCHES } from './schedule.ts';
import { isExpected } from './switcher.ts';
import type { World } from './world.ts';

const AGAIN_AFTER_MS = 150;
const TRIES = 40;

export class Operator {
  readonly #world: World;
  #pending: number;
  /** Switches that were taken on. */
  taken = 0;

  constructor(world: World) {
    this.#world = world;
    this.#pending = world.schedule.switches.length;
  }

  begin(): void {
    const { clock, schedule } = this.#world;
    schedule.switches.forEach((proposal, number) =>
      clock.after(proposal.at, clock.world, () => this.#try(proposal, `p${number}`, 1)),
    );
    for (const warming of schedule.warmings ?? [])
      clock.after(warming.at, clock.world, () => this.#warm(warming));
  }

  /** Once: who is not heard is not missed. The level is the operator's word that ends the hold of his own switches. */
  #warm({ services, instances }: Warming): void {
    const { clock, switchers, oracle } = this.#world;
    const leader = switchers.find(({ engine, actor }) => actor.alive && engine.leads);
    if (!leader) return;
    const placements = Object.fromEntries(services.map((name) => [name, 'service' as const]));
    clock.after(0, leader.actor, () => {
      const { control } = leader;
      control
        .setLevel(4)
        .then(() => control.warm({ placements, instances }))
        .catch((error: unknown) => {
          if (!isExpected(error)) oracle.defect('warming', error);
        });
    });
  }

  /** Every proposal was taken on or given up, and enough of them were taken on. */
  get done(): boolean {
    return (
      this.#pending === 0 && this.taken >= Math.min(LEAST_SWITCHES, this.#world.schedule.switches.length)
    );
  }

  /** More switches, so that a schedule has as many as it promises. */
  insist(): void {
    if (this.#pending > 0 || this.done) return;
    const extra = this.#world.schedule.switches.length + this.taken;
    this.#pending += 1;
    const services = extra % 2 === 0 ? ['cart'] : [];
    const bundle = 1 + (Math.floor(this.#world.clock.now / 1_000) % 2);
    const proposal: Proposal = {
      ...{ at: 0, kind: 'switch', services, instances: { bundle }, source: 'operator', abortAfter: null },
    };
    this.#try(proposal, `x${this.#world.clock.steps}`, 1);
  }

  #try(proposal: Proposal, key: string, attempt: number): void {
    const { clock, switchers, oracle } = this.#world;
    const leader = switchers.find(({ engine, actor }) => actor.alive && engine.leads) ?? switchers[0];
    if (!leader || attempt > TRIES) {
      this.#pending -= 1;
      return;
    }
    let answered = false;
    const again = (): void => {
      if (answered) return;
      answered = true;
      clock.after(AGAIN_AFTER_MS, clock.world, () => this.#try(proposal, key, attempt + 1));
    };
    // A switcher that dies or freezes meanwhile is asked no longer; the same key makes the same switch of it.
    clock.after(2_000, clock.world, again);
    clock.after(0, leader.actor, () => {
      this.#propose(leader.control, proposal, key).then(
        (id) => {
          if (answered) return;
          answered = true;
          this.#pending -= 1;
          if (id !== undefined) this.#took(id, proposal);
        },
        (error: unknown) => {
          oracle.defect('proposal', error);
          again();
        },
      );
    });
  }

  /** The id of the switch; undefined: nothing to switch, or never. */
  async #propose(
    control: World['switchers'][number]['control'],
    { kind, services, instances, source }: Proposal,
    key: string,
  ): Promise<string | undefined> {
    const placements = Object.fromEntries(services.map((name) => [name, 'service' as const]));
    try {
      const answer = await (kind === 'rollback'
        ? control.rollback({}, key)
        : control.propose({ placements, instances, source }, key));
      return answer.kind === 'accepted' ? answer.switch.id : undefined;
    } catch (error) {
      const code = (error as { readonly code?: string }).code;
      if (code === 'nothing_to_roll_back_to' || code === 'refused_by_policy') return undefined;
      throw error;
    }
  }

  #took(id: string, { abortAfter }: Proposal): void {
    this.taken += 1;
    if (abortAfter === null) return;
    const { clock, switchers, oracle } = this.#world;
    clock.after(abortAfter, clock.world, () => {
      const leader = switchers.find(({ engine, actor }) => actor.alive && engine.leads);
      if (!leader) return;
      clock.after(0, leader.actor, () => {
        leader.control.abort(id, 'changed my mind').catch((error: unknown) => {
          if (!isExpected(error)) oracle.defect('abort', error);
        });
      });
    });
  }
}
