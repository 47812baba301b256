import type { Statement } from '@atlas/platform-database';
import { faultPoint } from '@atlas/platform-fault';
import type { EventWriter } from './event-log.ts';

/** Injects the host's `EventWriter`. */
export const EVENT_WRITER = Symbol.for('atlas.event-writer');

const APPEND: Statement = {
  name: 'event-log.append',
  text: `INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id)
         VALUES ($1, $2, $3, $4::jsonb, $5)`,
};

/** Inserts the event with the business transaction's commit, so that it exists exactly when the effect does. */
export const postgresEventWriter: EventWriter = {
  async append(tx, event) {
    const fault = faultPoint('event-log.append');
    if (fault) await fault;
    const { name, aggregateId, version, payload, rootId } = event;
    tx.defer(APPEND, [name, aggregateId, version, JSON.stringify(payload), rootId]);
  },
};
