/** Wires the switcher: store, engine, runtime driver, control API. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createPostgresStore } from '@atlas/control-store';
import { findCpuGroups, readEndNote, readStackFile, type StackFile } from '@atlas/platform-stack';
import type { Logger } from 'pino';
import { buildObstacle } from './adapters/build-on-disk.ts';
import { ExternalDriver } from './adapters/external-driver.ts';
import { limitedSystem } from './adapters/limited-system.ts';
import { ProcessDriver } from './adapters/process-driver.ts';
import { realSystem } from './adapters/real-system.ts';
import { RunFileRegistry } from './adapters/run-file-registry.ts';
import { startServer } from './api/server.ts';
import { Control } from './engine/control.ts';
import { Engine } from './engine/engine.ts';
import type { OperatingSystem } from './ports/operating-system.ts';
import { shopOf, type SwitcherConfig } from './switcher.config.ts';

export interface RunningSwitcher {
  readonly url: string;
  /** Hosts go on; the lead is given back. */
  close(): Promise<void>;
}

/** What starts an app under the external driver. */
const SERVE = 'npx nx serve';

type Say = (message: string, details: Readonly<Record<string, unknown>>) => void;

/** Where hosts run; without the limit that is asked for when the machine has none to give. */
async function systemOf({ hostCpu: cores }: StackFile, say: Say): Promise<OperatingSystem> {
  if (cores === undefined) return realSystem;
  try {
    return limitedSystem(realSystem, { groups: await findCpuGroups(), cores, say });
  } catch (error) {
    say('hosts go without a limit', { why: String(error) });
    return realSystem;
  }
}

/** @throws Error when the stack file is wrong or the control port is taken. */
export async function boot(config: SwitcherConfig, log: Logger): Promise<RunningSwitcher> {
  const home = config.ATLAS_HOME;
  const stack = await readStackFile(config.ATLAS_STACK_FILE);
  const shop = shopOf(stack);
  const say: Say = (message, details) => log.info(details, message);
  const store = createPostgresStore({
    url: stack.storeUrl,
    role: 'control',
    onLink: (up, cause) =>
      log[up ? 'info' : 'warn']({ up, cause: cause?.message }, 'link to the coupling store'),
  });
  const system = await systemOf(stack, say);
  const registry = new RunFileRegistry(home, Object.keys(stack.apps));
  const engine = new Engine({
    store,
    driver: (ledger) =>
      stack.driver === 'external'
        ? new ExternalDriver({
            bundle: stack.bundle,
            command: SERVE,
            ledger,
            endOf: (instance, nonce) => readEndNote(home, instance, nonce),
            say,
          })
        : new ProcessDriver({
            recipes: stack.apps,
            instanceEnv: stack.instanceEnv,
            bundle: stack.bundle,
            spare: stack.spares?.app,
            logsDir: join(home, 'logs'),
            lifelineFd: config.ATLAS_LIFELINE_FD,
            edgeFd: config.ATLAS_EDGE_FD,
            ledger,
            obstacle: () => buildObstacle(stack),
            system,
            say,
          }),
    registry,
    shop,
    holder: `${config.ATLAS_INSTANCE}:${randomBytes(8).toString('hex')}`,
    say,
    draw: () => `sw-${randomBytes(6).toString('hex')}`,
  });
  const server = await startServer({
    control: new Control(engine),
    feed: engine.feed,
    operatorToken: stack.operatorToken,
    port: config.ATLAS_CONTROL_PORT ?? stack.controlPort,
    log,
    defect: (error) => log.error({ err: error }, 'a request met a defect'),
  });
  registry.controlUrl = server.url;
  engine.start();
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await engine.stop();
      await store.close();
    },
  };
}
