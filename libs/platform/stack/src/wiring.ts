/** Who is told what: environments and database roles of every process, from the manifest, secrets and addresses. */
import { brainTokenOf, fingerprintOf } from '@atlas/control-api/operator';
import { databaseKey } from '@atlas/platform-config';
import { join } from 'node:path';
import { appEnvironment, passedOn } from './app-process.ts';
import type { Manifest } from './manifest.ts';
import type { Secrets } from './secrets.ts';
import type { StackFile } from './stack-file.ts';

export interface WiringInput {
  readonly root: string;
  readonly home: string;
  readonly build: string;
  readonly manifest: Manifest;
  readonly secrets: Secrets;
  readonly postgresPort: number;
  readonly acquirerUrl: string;
  /** Null: auditing is off. */
  readonly auditDir: string | null;
  readonly faults?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly driver: StackFile['driver'];
  readonly controlPort: number;
  readonly keepWarmMs?: number | undefined;
  readonly autonomy?: number | undefined;
  readonly trialMostMs?: number | undefined;
  readonly spares?: number | undefined;
  readonly hostCpu?: number | undefined;
}

/** Roles of the platform; each module has one of its own name. */
const HOST_ROLE = 'atlas_host';
const SWITCHER_ROLE = 'atlas_switcher';
const PUMP_ROLE = 'atlas_pump';
const BRAIN_ROLE = 'atlas_brain';

export const databaseRoles = (manifest: Manifest): string[] => [
  HOST_ROLE,
  SWITCHER_ROLE,
  PUMP_ROLE,
  BRAIN_ROLE,
  ...manifest.modules,
];

const DATABASE = 'atlas';

/** URL of the stack's database for a role, or for the superuser `atlas_admin`. */
export function databaseUrl(secrets: Secrets, port: number, role = 'atlas_admin'): string {
  const password = role === 'atlas_admin' ? secrets.adminPassword : (secrets.roles[role] ?? '');
  return `postgres://${role}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

export const mainOf = (root: string, app: string, file = 'main.js'): string => join(root, 'dist', app, file);

/**
 * V8 lets the young generation grow to 128 MB on a machine with much memory, and keeps it after the load (measured: 134
 * of 219 MB of a bundle's heap at rest). With 16 MB a half nothing is collected too early at 300 requests/s.
 */
const NODE_FLAGS = '--max-semi-space-size=16';

/** The brain makes little garbage, and reads eight days at its start (measured: 142 MB of PSS after it with the above). */
const BRAIN_FLAGS = '--max-semi-space-size=2';

/** Variables that any process of the stack gets. */
export function commonEnvironment(input: Pick<WiringInput, 'root' | 'home' | 'faults' | 'logLevel'>) {
  return appEnvironment({
    ATLAS_HOME: input.home,
    NODE_OPTIONS: NODE_FLAGS,
    NODE_COMPILE_CACHE: join(input.root, '.atlas', 'compile-cache'),
    ...(input.faults === undefined ? {} : { ATLAS_FAULTS: input.faults }),
    ...(input.logLevel === undefined ? {} : { ATLAS_LOG_LEVEL: input.logLevel }),
  });
}

/** The environment of a host that holds these modules. */
function hostEnvironment(input: WiringInput, modules: readonly string[], bundle: boolean) {
  const { manifest, secrets } = input;
  const url = (role: string): string => databaseUrl(secrets, input.postgresPort, role);
  const talksToBank = modules.some((module) => manifest.acquirer.includes(module));
  return {
    ...commonEnvironment(input),
    ATLAS_BUILD: input.build,
    ATLAS_STORE_URL: url(HOST_ROLE),
    ATLAS_RPC_TOKEN: secrets.rpcToken,
    ...Object.fromEntries(modules.map((module) => [databaseKey(module), url(module)])),
    ...(bundle ? { ATLAS_EVENT_LOG_URL: url(PUMP_ROLE), ATLAS_SESSION_SECRET: secrets.sessionSecret } : {}),
    ...(talksToBank
      ? { ATLAS_ACQUIRER_URL: input.acquirerUrl, ATLAS_ACQUIRER_TOKEN: secrets.acquirerToken }
      : {}),
    ...(input.auditDir === null ? {} : { ATLAS_AUDIT_DIR: input.auditDir }),
  };
}

/** What whoever starts the stack may tell the brain. */
export const BRAIN_INPUTS = [
  'ATLAS_PROFILE',
  'ATLAS_CAPACITY',
  'ATLAS_LIMITS',
  'ATLAS_INTENT',
  'ATLAS_PROMETHEUS',
  'ATLAS_CORE_HOUR_USD',
  'ATLAS_HOST_HOUR_USD',
] as const;

/** The brain's, complete but for its port: its own database role and token, and no secret of shop or operator. */
export const brainEnvironment = (
  input: Pick<
    WiringInput,
    'root' | 'home' | 'build' | 'faults' | 'logLevel' | 'manifest' | 'secrets' | 'postgresPort'
  >,
): Record<string, string> => ({
  ...commonEnvironment(input),
  ...passedOn(BRAIN_INPUTS),
  NODE_OPTIONS: BRAIN_FLAGS,
  ATLAS_BRAIN_STORE_URL: databaseUrl(input.secrets, input.postgresPort, BRAIN_ROLE),
  ATLAS_BRAIN_TOKEN: brainTokenOf(input.secrets.operatorToken),
  ATLAS_OPERATOR_FINGERPRINT: fingerprintOf(input.secrets.operatorToken),
  ATLAS_BUILD: input.build,
  ATLAS_BUNDLE: input.manifest.bundle,
  ATLAS_MODULES: input.manifest.modules.join(','),
  ATLAS_GUARDRAILS: join(input.root, 'infra', 'policies', 'guardrails.wasm'),
});

/** The whole stack file. */
export function wire(input: WiringInput): StackFile {
  const { manifest, root } = input;
  const { spare } = manifest;
  const service = (module: string) => ({
    main: mainOf(root, module),
    env: hostEnvironment(input, [module], false),
  });
  const bundle = {
    main: mainOf(root, manifest.bundle),
    env: hostEnvironment(input, manifest.modules, true),
  };
  return {
    build: input.build,
    storeUrl: databaseUrl(input.secrets, input.postgresPort, SWITCHER_ROLE),
    controlPort: input.controlPort,
    driver: input.driver,
    operatorToken: input.secrets.operatorToken,
    bundle: manifest.bundle,
    modules: [...manifest.modules],
    hybrid: [...manifest.hybrid],
    ...(spare && input.spares ? { spares: { app: spare, count: input.spares } } : {}),
    ...(input.hostCpu === undefined ? {} : { hostCpu: input.hostCpu }),
    ...(input.keepWarmMs === undefined ? {} : { keepWarmMs: input.keepWarmMs }),
    ...(input.autonomy === undefined ? {} : { autonomy: input.autonomy }),
    ...(input.trialMostMs === undefined ? {} : { trialMostMs: input.trialMostMs }),
    apps: {
      [manifest.bundle]: bundle,
      ...Object.fromEntries(manifest.modules.map((module) => [module, service(module)])),
      // No secret: a spare gets those of the service that it becomes, when it does.
      ...(spare && input.spares
        ? { [spare]: { main: mainOf(root, spare), env: commonEnvironment(input) } }
        : {}),
    },
  };
}
