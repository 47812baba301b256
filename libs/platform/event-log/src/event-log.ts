import { Type, type Static, type TSchema } from '@sinclair/typebox';
import type { Transaction } from '@atlas/platform-database';

/** Schema of one event: envelope plus payload. Order is promised per (aggregate) by `version`. */
export const EventEnvelope = <const N extends string, P extends TSchema>(name: N, payload: P) =>
  Type.Object(
    {
      /** Unique; also the idempotency key of its handling. */
      id: Type.String(),
      name: Type.Literal(name),
      /** Identity of the aggregate, e.g. the order's id. */
      aggregateId: Type.String(),
      /** 1, 2, 3 … per aggregate and event name, taken under the aggregate's row lock. */
      version: Type.Integer({ minimum: 1 }),
      payload,
      /** Root that wrote it (audit) and its trace. */
      rootId: Type.String(),
      at: Type.Integer(),
    },
    { additionalProperties: false },
  );

export type Event = Static<ReturnType<typeof EventEnvelope<string, TSchema>>>;
export interface NewEvent {
  readonly name: string;
  readonly aggregateId: string;
  readonly version: number;
  readonly payload: unknown;
  readonly rootId: string;
}

/** Writer's side, used by modules: the event is inserted in the business transaction. */
export interface EventWriter {
  append(tx: Transaction, event: NewEvent): Promise<void>;
}

/** Reader's side, used by the bundle's pump with a connection of its own. */
export interface EventReader {
  /**
   * Events of one name that `consumer` has not finished, oldest first; re-scans the window in which commits may still
   * arrive. Those of the aggregates in `except` are left out, and so do not fill the limit.
   */
  pending(
    consumer: string,
    name: string,
    limit: number,
    except?: readonly string[],
  ): Promise<readonly Event[]>;
  /** The consumer's handler has applied or skipped the event. Idempotent. */
  done(consumer: string, event: Event): Promise<void>;
  /**
   * Forgets up to `limit` events that all of their consumers are done with and that are 30 days old; those of a name
   * that nobody has begun to consume stay. @returns how many.
   */
  prune(limit: number): Promise<number>;
}
