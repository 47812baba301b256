export * from './event-log.ts';
export { migrateEventLog, type EventLogRoles } from './migrate-event-log.ts';
export { EVENT_WRITER, postgresEventWriter } from './postgres-event-writer.ts';
export { postgresEventReader } from './postgres-event-reader.ts';
export { applyInOrder, type Applied, type InboxEntry } from './inbox.ts';
export { Inbox } from './inbox.migration.ts';
