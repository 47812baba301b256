export * from './database.ts';
export { failure, violates, RETRY_AFTER_MS } from './failure.ts';
export { createDatabase } from './postgres-database.ts';
export {
  LOCK_TIMEOUT_MS,
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  KEPT_CONNECTIONS,
  type DatabaseOptions,
  type Entity,
} from './postgres-source.ts';
export { STATEMENT_TIMEOUT_MS } from './postgres-transaction.ts';
export { bodyHash, keyedTransaction, type EffectKey, type KeyedOutcome } from './keyed.ts';
export { adminClient, migrateModule, type Migration, type ModuleMigration } from './migrate-module.ts';
export { assertOutsideTransaction, watchTransactions } from './transaction-watch.ts';
export {
  DatabaseModule,
  databaseToken,
  DATABASE_SETTINGS,
  type DatabaseSettings,
} from './database.module.ts';
