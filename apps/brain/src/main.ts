/** The brain process: sees, forecasts, decides, proposes and explains. */
import { loadConfig } from '@atlas/platform-config';
import { watchLifeline } from '@atlas/platform-stack';
import { linesLost, logDestination } from '@atlas/platform-telemetry/log-destination';
import { pino } from 'pino';
import { boot } from './boot.ts';
import { BRAIN_SETTINGS } from './brain.config.ts';

/** Longest orderly end, ms. */
const CLOSE_WITHIN_MS = 2_000;

async function main(): Promise<void> {
  const config = loadConfig(BRAIN_SETTINGS, process.env);
  const log = pino(
    { level: config.ATLAS_LOG_LEVEL, base: { app: 'brain' } },
    logDestination({ to: 1, missing: (lost) => linesLost('brain', lost) }),
  );
  if (config.ATLAS_LIFELINE_FD !== undefined) watchLifeline(config.ATLAS_LIFELINE_FD, () => process.exit(0));
  const brain = await boot(config, log);
  log.info({ url: brain.url }, 'the brain watches');
  const stop = (): void => {
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref();
    void brain.close().finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`brain: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1); // a server that listens already would keep it alive, and nobody would start it again
});
