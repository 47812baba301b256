/** The bank's settings, from `ATLAS_*`; anything unknown or unreadable is refused by name. */
import { join } from 'node:path';

export interface AcquirerConfig {
  readonly ledgerFile: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly token: string;
  readonly lifelineFd: number | undefined;
  readonly faults: string | undefined;
  readonly logLevel: string;
}

const KNOWN = [
  'ATLAS_HOME',
  'ATLAS_ACQUIRER_PORT',
  'ATLAS_ACQUIRER_TOKEN',
  'ATLAS_LIFELINE_FD',
  'ATLAS_FAULTS',
  'ATLAS_LOG_LEVEL',
];
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** @throws Error of one line with the key's name. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): AcquirerConfig {
  const unknown = Object.keys(env).find((key) => key.startsWith('ATLAS_') && !KNOWN.includes(key));
  if (unknown !== undefined) throw new Error(`${unknown}: not a setting of the acquirer`);
  const lifeline = env['ATLAS_LIFELINE_FD'];
  const logLevel = env['ATLAS_LOG_LEVEL'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw new Error(`ATLAS_LOG_LEVEL: one of ${LEVELS.join(', ')} expected`);
  const token = required(env, 'ATLAS_ACQUIRER_TOKEN');
  if (token.length < 16) throw new Error('ATLAS_ACQUIRER_TOKEN: at least 16 characters expected');
  return {
    ledgerFile: join(required(env, 'ATLAS_HOME'), 'acquirer', 'ledger.jsonl'),
    port: whole('ATLAS_ACQUIRER_PORT', env['ATLAS_ACQUIRER_PORT'] ?? '0', 65_535),
    token,
    lifelineFd: lifeline === undefined ? undefined : whole('ATLAS_LIFELINE_FD', lifeline, 1_023),
    faults: env['ATLAS_FAULTS'],
    logLevel,
  };
}

function required(env: Readonly<Record<string, string | undefined>>, key: string): string {
  const value = env[key];
  if (value === undefined || value === '') throw new Error(`${key}: missing`);
  return value;
}

function whole(key: string, text: string, max: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= max) return Number(text);
  throw new Error(`${key}: a whole number from 0 to ${max} expected, not "${text}"`);
}
