/** `.atlas/secrets.json` (0600): drawn once per folder, since the database keeps what it was told first. */
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { replaceFile } from './private-file.ts';
import { StackError } from './stack-error.ts';

const Secret = Type.String({ minLength: 24 });

const Secrets = Type.Object({
  /** Of the Postgres superuser `atlas_admin`. */
  adminPassword: Secret,
  /** Role → password. */
  roles: Type.Record(Type.String(), Secret),
  operatorToken: Secret,
  rpcToken: Secret,
  sessionSecret: Secret,
  acquirerToken: Secret,
});
export type Secrets = Static<typeof Secrets>;

/** 192 bits, in characters that need no quoting anywhere. */
const draw = (): string => randomBytes(24).toString('hex');

export const secretsPath = (home: string): string => join(home, 'secrets.json');

/**
 * Reads the folder's secrets; draws them at the first time, and a password for each role that is new.
 * @throws StackError when the file is there but cannot be understood: new ones would not fit the database.
 */
export async function loadSecrets(home: string, roles: readonly string[]): Promise<Secrets> {
  return withLock(`${secretsPath(home)}.lock`, 10_000, async () => {
    const before = await readSecrets(home);
    const missing = roles.filter((role) => before?.roles[role] === undefined);
    if (before && missing.length === 0) return before;
    const after: Secrets = {
      ...(before ?? {
        adminPassword: draw(),
        operatorToken: draw(),
        rpcToken: draw(),
        sessionSecret: draw(),
        acquirerToken: draw(),
      }),
      roles: { ...before?.roles, ...Object.fromEntries(missing.map((role) => [role, draw()])) },
    };
    await replaceFile(secretsPath(home), `${JSON.stringify(after, undefined, 2)}\n`);
    return after;
  });
}

async function readSecrets(home: string): Promise<Secrets | undefined> {
  let text: string;
  try {
    text = await readFile(secretsPath(home), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(Secrets, value)) return value;
  } catch {
    // Told below: not JSON is not a secrets file either.
  }
  throw new StackError(`${secretsPath(home)} is damaged; restore it, or start afresh with --reset`);
}
