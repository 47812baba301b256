/** The switcher process: the only writer of layouts, and the one that starts and stops hosts. */
import { loadConfig } from '@atlas/platform-config';
import { armFaults } from '@atlas/platform-fault';
import { linesLost, logDestination } from '@atlas/platform-telemetry/log-destination';
import { pino } from 'pino';
import { watchLifeline } from './adapters/lifeline.ts';
import { boot } from './boot.ts';
import { SWITCHER_SETTINGS } from './switcher.config.ts';

/** Longest orderly end, ms. */
const CLOSE_WITHIN_MS = 3_000;

async function main(): Promise<void> {
  const config = loadConfig(SWITCHER_SETTINGS, process.env);
  armFaults(config.ATLAS_FAULTS, config.ATLAS_INSTANCE);
  const log = pino(
    { level: config.ATLAS_LOG_LEVEL, base: { app: config.ATLAS_INSTANCE } },
    logDestination({ to: 1, missing: (lost) => linesLost(config.ATLAS_INSTANCE, lost) }),
  );
  if (config.ATLAS_LIFELINE_FD !== undefined) {
    watchLifeline(config.ATLAS_LIFELINE_FD, () => process.exit(0));
  }
  const switcher = await boot(config, log);
  log.info({ url: switcher.url }, 'control API listens');
  const stop = (): void => {
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref();
    void switcher.close().finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`switcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1); // an open link to the store would keep it alive, and nobody would start it again
});
