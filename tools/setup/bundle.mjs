/** How one process becomes one file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Peers that Nest and TypeORM ask for and do without: left out of the bundles, never installed. */
const ABSENT = [
  /^@nestjs\/(websockets|platform-express|platform-socket\.io|mongoose|sequelize)/,
  /^class-(validator|transformer)/,
  /^(@grpc\/|kafkajs|mqtt|nats|@nats-io\/|amqplib|amqp-connection-manager|ioredis|redis|cache-manager)/,
  /^(pg-native|pg-query-stream|better-sqlite3|sqlite3|sql\.js|mysql2?|mssql|mongodb|oracledb|@sap\/|hdb-pool|@google-cloud\/|typeorm-aurora|react-native-sqlite|nativescript|expo-sqlite|@fastify\/(view|multipart)|@mikro-orm)/,
];

/** Development tools that a tool loads when it is asked for: never part of a bundle. */
const LOADED = [/^playwright-core$/];

/**
 * `@nestjs/typeorm` asks at run time, past the bundler, for two exports that TypeORM 1 no longer has, and so loads all
 * of TypeORM a second time from node_modules: half of a host's start, and 20 MB (measured). Here it is told the answer.
 */
const oneTypeorm = {
  name: 'one-typeorm',
  load: {
    filter: { id: /@nestjs\/typeorm\/dist\/common\/typeorm-compat\.js$/ },
    handler: () => 'export const Connection = undefined;\nexport const AbstractRepository = undefined;\n',
  },
};

/** Getters of `node:http` that load all of Node's own undici. */
const LAZY_IN_HTTP = new Set(['WebSocket', 'CloseEvent', 'MessageEvent']);
const HTTP_NAMES = Object.keys(process.getBuiltinModule('node:http')).filter(
  (name) => !LAZY_IN_HTTP.has(name),
);

/**
 * `import … from 'node:http'` reads every export of it, the lazy ones too, and so loads an HTTP client that no host
 * uses: 19 ms of a start (measured). The same object, asked for by name, does not.
 */
const plainHttp = {
  name: 'plain-http',
  resolveId: {
    filter: { id: /^(node:)?http$/ },
    handler: (id, _importer, { kind }) => (kind === 'require-call' ? null : '\0plain-http'),
  },
  load: {
    filter: { id: /^\0plain-http$/ },
    handler: () =>
      `const http = process.getBuiltinModule('node:http');\nexport default http;\n` +
      `export const { ${HTTP_NAMES.join(', ')} } = http;\n`,
  },
};

/** Nest's own loggers, which no process here uses, make their date formats at load: 10 ms of a start (measured). */
const lateDateFormat = {
  name: 'late-date-format',
  load: {
    filter: { id: /@nestjs\/common\/services\/(console-)?logger\.service\.js$/ },
    handler: async (id) =>
      (await readFile(id, 'utf8')).replace(
        /const dateTimeFormatter = (new Intl\.DateTimeFormat\([^;]*\));/,
        'const dateTimeFormatter = { format: (date) => $1.format(date) };',
      ),
  },
};

/**
 * Options for rolldown's `build`.
 * @param {string} input entry file
 * @param {string} file the bundle
 * @param {{ sourcemap: true | 'hidden', plugins?: import('rolldown').Plugin[] }} rest
 * @returns {import('rolldown').BuildOptions}
 */
export const bundleOf = (input, file, { sourcemap, plugins = [] }) => ({
  input,
  plugins: [oneTypeorm, plainHttp, lateDateFormat, ...plugins],
  platform: 'node',
  tsconfig: join(root, 'tsconfig.base.json'),
  external: [...ABSENT, ...LOADED],
  treeshake: { moduleSideEffects: true },
  logLevel: 'warn',
  checks: { eval: false, commonJsVariableInEsm: false },
  output: { file, format: 'esm', sourcemap, minify: false, codeSplitting: false, keepNames: true },
});
