import { defineConfig, type ConfigOf } from '@atlas/platform-config';

const NAMES = /^[a-z][a-z0-9-]*(,[a-z][a-z0-9-]*)*$/;

export const BRAIN_SETTINGS = defineConfig({
  ATLAS_HOME: { type: 'text', describe: 'folder of the running stack' },
  ATLAS_BRAIN_STORE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    secret: true,
    describe: "the database, for the brain's role",
  },
  ATLAS_BRAIN_PORT: {
    type: 'integer',
    min: 0,
    max: 65_535,
    default: 0,
    describe: 'port of its API, 0: any free one',
  },
  ATLAS_BUNDLE: { type: 'text', pattern: NAMES, describe: 'app of the bundle' },
  ATLAS_MODULES: { type: 'text', pattern: NAMES, describe: 'modules of the shop, separated by commas' },
  ATLAS_LIFELINE_FD: {
    type: 'integer',
    min: 3,
    max: 1_000,
    optional: true,
    describe: 'descriptor whose end of file means shut down',
  },
  ATLAS_FAULTS: { type: 'text', optional: true, describe: 'armed fault points (tests); the brain has none' },
  ATLAS_LOG_LEVEL: {
    type: 'choice',
    of: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    describe: 'least severe level that is logged',
  },
});
export type BrainConfig = ConfigOf<typeof BRAIN_SETTINGS>;
