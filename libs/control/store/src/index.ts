export * from './store.ts';
export { auditHash, canonicalJson, GENESIS_HASH, verifyAudit, type AuditVerdict } from './audit-chain.ts';
export { HintTrust } from './hint-trust.ts';
export { createMemoryStore, type MemoryStoreOptions } from './adapters/memory-store.ts';
export { memoryState, type MemoryState } from './adapters/memory-state.ts';
export { createPostgresStore, type PostgresStoreOptions } from './adapters/postgres-store.ts';
export { migrateCoupling, type CouplingRoles } from './schema/migrate.ts';
