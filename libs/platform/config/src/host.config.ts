import { defineConfig } from './load-config.ts';
import type { ConfigOf, UrlSetting } from './setting.ts';

const postgres = (describe: string) =>
  ({ type: 'url', protocols: ['postgres:', 'postgresql:'], secret: true, describe }) as const;

/** `cart` → `ATLAS_DB_URL_CART`: the URL of that module's role. */
export const databaseKey = (module: string): `ATLAS_DB_URL_${string}` =>
  `ATLAS_DB_URL_${module.toUpperCase().replaceAll('-', '_')}`;

/** Variables that every process of a stack understands. */
export const PROCESS_SETTINGS = defineConfig({
  ATLAS_LIFELINE_FD: {
    type: 'integer',
    min: 3,
    max: 1_000,
    optional: true,
    describe: 'descriptor whose end of file means shut down',
  },
  ATLAS_FAULTS: { type: 'text', optional: true, describe: 'armed fault points (tests)' },
  ATLAS_LOG_LEVEL: {
    type: 'choice',
    of: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    describe: 'least severe level that is logged',
  },
});

/** Variables that every host understands. */
export const HOST_SETTINGS = defineConfig({
  ...PROCESS_SETTINGS,
  ATLAS_HOME: { type: 'text', describe: 'folder of the running stack' },
  ATLAS_INSTANCE: {
    type: 'text',
    pattern: /^[a-z][a-z0-9-]{0,30}-\d{1,4}$/,
    describe: 'name among live processes, e.g. cart-0',
  },
  ATLAS_NONCE: { type: 'text', pattern: /^[0-9a-f]{16}$/, describe: '16 hex digits drawn for this process' },
  ATLAS_BUILD: { type: 'text', pattern: /^[\w.-]{1,64}$/, describe: 'identity of the build' },
  ATLAS_STORE_URL: postgres('coupling store'),
  ATLAS_RPC_TOKEN: {
    type: 'text',
    pattern: /^.{16,}$/,
    secret: true,
    describe: 'shared secret of RPC links',
  },
  ATLAS_AUDIT_DIR: { type: 'text', optional: true, describe: 'folder of audit files; absent: audit off' },
  ATLAS_TELEMETRY: {
    type: 'choice',
    of: ['on', 'off'],
    default: 'on',
    describe: 'metrics of this process; off only to measure what they cost',
  },
  ATLAS_POOL_BUDGET: {
    type: 'integer',
    min: 4,
    max: 1_000,
    default: 60,
    describe: 'business connections of all hosts together',
  },
  ATLAS_MEMORY_LIMIT_MB: {
    type: 'integer',
    min: 64,
    max: 65_536,
    default: 512,
    describe: 'most memory the host may use',
  },
});
export type HostConfig = ConfigOf<typeof HOST_SETTINGS>;

/** The database URL of each module that a process loads. */
export function databaseSettings(
  modules: readonly string[],
): Readonly<Record<`ATLAS_DB_URL_${string}`, UrlSetting>> {
  return Object.fromEntries(
    modules.map((module) => [databaseKey(module), postgres(`database of module ${module}`)]),
  );
}

/** What a module needs that talks to the bank. */
export const ACQUIRER_SETTINGS = defineConfig({
  ATLAS_ACQUIRER_URL: { type: 'url', protocols: ['http:', 'https:'], describe: 'base URL of the acquirer' },
  ATLAS_ACQUIRER_TOKEN: { type: 'text', secret: true, describe: 'token of the acquirer' },
});

/** What only a bundle needs: pump and edge. */
export const BUNDLE_SETTINGS = defineConfig({
  ATLAS_EVENT_LOG_URL: postgres('event log, as its reader'),
  ATLAS_SESSION_SECRET: {
    type: 'text',
    pattern: /^.{16,}$/,
    secret: true,
    describe: 'key that signs session tokens, 16 characters or more',
  },
  ATLAS_EDGE_FD: {
    type: 'integer',
    min: 3,
    max: 1_000,
    optional: true,
    describe: 'inherited listening socket of the edge',
  },
  ATLAS_EDGE_PORT: { type: 'port', optional: true, describe: 'port of the edge when no socket is inherited' },
  ATLAS_EDGE_HOST: {
    type: 'text',
    default: '127.0.0.1',
    describe: 'address of the edge with ATLAS_EDGE_PORT',
  },
  ATLAS_RATE_SESSION: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    default: 1_000,
    describe: 'requests per second and session',
  },
  ATLAS_RATE_ADDRESS: {
    type: 'integer',
    min: 1,
    max: 10_000_000,
    default: 20_000,
    describe: 'requests per second and client address',
  },
  ATLAS_STOREFRONT_DIR: {
    type: 'text',
    optional: true,
    describe: 'folder of the built storefront; beside the bundle by default',
  },
});
