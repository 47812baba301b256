/** The acquirer process: says `{"listening":"http://127.0.0.1:PORT"}` on standard output when ready; logs go to standard error. */
import { armFaults } from '@atlas/platform-fault';
import { linesLost, logDestination } from '@atlas/platform-telemetry/log-destination';
import { pino } from 'pino';
import { startAcquirer } from './acquirer.ts';
import { parseConfig } from './config.ts';
import { watchLifeline } from './lifeline.ts';

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  armFaults(config.faults, 'acquirer');
  const log = pino(
    { level: config.logLevel, base: { app: 'acquirer' } },
    logDestination({ to: 2, missing: (lost) => linesLost('acquirer', lost) }),
  );
  const { ledgerFile, port, token } = config;
  const acquirer = await startAcquirer({
    ledgerFile,
    port,
    token,
    onError: (error) => log.error({ err: error }, 'a request met a defect'),
    onBroken: (error) => {
      log.fatal({ err: error }, 'the ledger cannot be written');
      process.exit(1);
    },
  });
  const stop = (reason: string): void => {
    log.info({ reason }, 'stopping');
    void acquirer.close().finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));
  if (config.lifelineFd !== undefined) watchLifeline(config.lifelineFd, () => stop('lifeline'));
  log.info({ url: acquirer.url }, 'listening');
  process.stdout.write(`${JSON.stringify({ listening: acquirer.url })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`acquirer: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
