import { defineConfig, PROCESS_SETTINGS, type ConfigOf } from '@atlas/platform-config';

const NAMES = /^[a-z][a-z0-9-]*(,[a-z][a-z0-9-]*)*$/;

const PRICE = /^\d{1,6}(\.\d{1,6})?$/;

export const BRAIN_SETTINGS = defineConfig({
  ...PROCESS_SETTINGS,
  ATLAS_HOME: { type: 'text', describe: 'folder of the running stack' },
  ATLAS_BRAIN_STORE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
    describe: "the database, for the brain's role",
  },
  ATLAS_BRAIN_TOKEN: { type: 'text', secret: true, describe: 'its own token for the control API' },
  ATLAS_OPERATOR_FINGERPRINT: {
    type: 'text',
    pattern: /^[0-9a-f]{64}$/,
    describe: "SHA-256 of the operator's token, which its own API is asked with",
  },
  ATLAS_BRAIN_PORT: {
    type: 'integer',
    min: 0,
    max: 65_535,
    default: 0,
    describe: 'port of its API, 0: any free one',
  },
  ATLAS_BRAIN_TRACE_START: {
    type: 'text',
    optional: true,
    describe: 'ISO 8601 time at which the replayed trace begins; real time without it',
  },
  ATLAS_BRAIN_STARTED_AT: {
    type: 'text',
    optional: true,
    describe: 'ISO 8601 time, a whole second, at which the replay of the trace begins',
  },
  ATLAS_BRAIN_SPEED: {
    type: 'integer',
    min: 1,
    max: 60,
    default: 1,
    describe: 'trace seconds per second',
  },
  ATLAS_BRAIN_CONTROLLER: {
    type: 'choice',
    of: ['atlas', 'reactive'],
    default: 'atlas',
    describe: 'who decides; "reactive" knows no forecast and is there to be compared with',
  },
  ATLAS_BUILD: {
    type: 'text',
    pattern: /^[\w.-]{1,64}$/,
    describe: 'identity of the build that the hosts run: costs of another one are no more than a prior',
  },
  ATLAS_BUNDLE: { type: 'text', pattern: NAMES, describe: 'app of the bundle' },
  ATLAS_MODULES: { type: 'text', pattern: NAMES, describe: 'modules of the shop, separated by commas' },
  ATLAS_GUARDRAILS: { type: 'text', describe: 'file of the compiled guardrails, guardrails.wasm' },
  ATLAS_PROMETHEUS: {
    type: 'url',
    protocols: ['http:', 'https:'],
    optional: true,
    describe: 'a Prometheus that scrapes every host each second; without it the brain scrapes them itself',
  },
  ATLAS_PROFILE: {
    type: 'choice',
    of: ['paper', 'measured'],
    default: 'measured',
    describe: 'thresholds of the paper, or shares of the measured capacity as soon as there is one',
  },
  ATLAS_CAPACITY: {
    type: 'text',
    optional: true,
    describe: 'file of what each shape bears; capacity.json in the folder of the stack without it',
  },
  ATLAS_CORE_HOUR_USD: {
    type: 'text',
    pattern: PRICE,
    default: '0.04',
    describe: 'price of a core for an hour, US dollars',
  },
  ATLAS_HOST_HOUR_USD: {
    type: 'text',
    pattern: PRICE,
    default: '0.005',
    describe: 'price of a host for an hour though it idles (its memory), US dollars',
  },
  ATLAS_LIMITS: {
    type: 'text',
    optional: true,
    describe: 'file of limits; limits.yaml in the folder of the stack without it',
  },
  ATLAS_INTENT: {
    type: 'text',
    optional: true,
    describe: 'file of the intent; intent.yaml in the folder of the stack without it',
  },
});
export type BrainConfig = ConfigOf<typeof BRAIN_SETTINGS>;
