/** Runs written down and audited, each in a database of its own. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { audit, type AuditResult } from '../src/index.ts';
import type { FakeRun } from './run-kit.ts';
import { startFakeBank, withDatabase, withFolder } from './run-kit.ts';

export const databaseName = (): string => `auditor_${randomBytes(4).toString('hex')}`;

/** Writes the run down and audits it. */
export function auditOf(run: FakeRun, waitMs = 0): Promise<AuditResult> {
  return withFolder((folder) =>
    withDatabase(inject('postgresUrl'), databaseName(), async (postgresUrl, client) => {
      await run.fill(client);
      const bank = await startFakeBank(run.charges);
      try {
        const files = await run.write(folder);
        return await audit({ postgresUrl, acquirerUrl: bank.url, ...files, waitMs, recheckMs: 0 });
      } finally {
        bank.close();
      }
    }),
  );
}

export const CLEAN = {
  ...{
    lostOrders: 0,
    duplicateCharges: 0,
    mixedEpochRoots: 0,
    negativeStock: 0,
    stockMismatch: 0,
    coverage: 1,
  },
  ...{ ok: true, problems: [] },
};
