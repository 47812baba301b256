/**
 * Starts one host, whatever it serves, and takes it down in order.
 *
 * H1  `ready` is told only when the modules are loaded, the pools connected, the RPC listener called for real and, in a
 *     bundle, the edge accepts. A bundle in reserve is warm, and its edge and pump wait.
 * H2  Leaving: others are told, nothing new is accepted, everything accepted is answered, then the lease is given back.
 * H3  The lifeline's end, a fence and a defect do not wait for anybody.
 * H4  SIGTERM only asks: where a process driver keeps books of this host, the order stands in the store, with the token
 *     of the leader who gave it. SIGINT is a person's, and is obeyed.
 */
import { ConfigError, type HostConfig } from '@atlas/platform-config';
import { armFaults } from '@atlas/platform-fault';
import { createLogger, hideCredentials } from '@atlas/platform-telemetry';
import { EXIT, exitOnDefects } from './exits.ts';
import type { HostOptions } from './host-options.ts';
import { watchLifeline } from './lifeline.ts';
import { startHost, type RunningHost } from './start-host.ts';

/** After the lifeline's end requests in flight get this long (the host must be gone within 1 s). */
const LAST_WORDS_MS = 500;

/** One line on standard error, then the end. */
function refuse(message: string): never {
  process.stderr.write(`${hideCredentials(message)}\n`);
  process.exit(EXIT.failed);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function configOf<Config extends HostConfig>(load: (env: NodeJS.ProcessEnv) => Config): Config {
  try {
    const config = load(process.env);
    armFaults(config.ATLAS_FAULTS, config.ATLAS_INSTANCE);
    return config;
  } catch (error) {
    return refuse(`${error instanceof ConfigError ? 'configuration: ' : ''}${messageOf(error)}`);
  }
}

/** Runs a service or a bundle until it is told to go. Never rejects: what goes wrong is logged and ends the process. */
export async function bootHost<Config extends HostConfig>(options: HostOptions<Config>): Promise<void> {
  const config = configOf(options.loadConfig);
  const { ATLAS_INSTANCE: instance, ATLAS_LOG_LEVEL: level } = config;
  const logger = createLogger({ instance, level, file: options.logFile });
  const exit = (code: number): never => process.exit(code);
  exitOnDefects(logger, exit);
  let host: RunningHost | undefined;
  let leaving = false;
  const leave = async (why: string): Promise<void> => {
    if (leaving) return;
    leaving = true;
    logger.info({ why }, 'leaving');
    await host?.leave();
    logger.info({}, 'gone');
    exit(EXIT.retired);
  };
  let ask = (): void => void leave('SIGTERM');
  process.on('SIGTERM', () => ask()).on('SIGINT', () => void leave('SIGINT'));
  watchLifeline(config.ATLAS_LIFELINE_FD, () => {
    logger.info({}, 'the lifeline has ended');
    setTimeout(() => exit(EXIT.retired), LAST_WORDS_MS);
    host?.hush();
  });
  try {
    await startHost(options, config, logger, {
      onAccepting: (accepting) => (host = accepting),
      onFenced: () => exit(EXIT.fenced),
      onOrphaned: () => void leave('orphaned'),
      onStopOrder: () => void leave('told to stop'),
      onFollowing: (agent) => (ask = () => agent.askToStop()),
    });
  } catch (error) {
    if (leaving) return;
    logger.fatal({ err: error }, 'cannot start');
    refuse(`${config.ATLAS_INSTANCE} cannot start: ${messageOf(error)}`);
  }
}
