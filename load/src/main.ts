import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { argv, env, exit, stdin, stdout } from 'node:process';
import { loadConfigFrom } from './load-config.ts';
import { LoadRun } from './load-run.ts';
import type { LoadLine } from './protocol.ts';
import { noLog, openRequestLog } from './request-log.ts';
import { connectShop } from './shop-client.ts';

const emit = (line: LoadLine): void => void stdout.write(`${JSON.stringify(line)}\n`);

/** Control: `stop` on stdin ends with settling, a signal without; the lifeline's end is the end. */
function obey(run: LoadRun): void {
  process.on('SIGTERM', () => run.stop({ settles: false }));
  process.on('SIGINT', () => run.stop({ settles: false }));
  createInterface({ input: stdin }).on('line', (line) => {
    if (line.trim() === 'stop') run.stop({ settles: true });
  });
  const lifeline = env['ATLAS_LIFELINE_FD'];
  if (lifeline === undefined) return;
  // A file stream would block in a thread that exit has to wait for; a socket polls.
  const pipe = new Socket({ fd: Number(lifeline), readable: true, writable: false });
  for (const end of ['end', 'error'] as const) pipe.on(end, () => exit(1));
  pipe.resume();
}

async function main(): Promise<void> {
  const [argument] = argv.slice(2);
  if (argument === undefined) throw new Error('usage: main.js CONFIG (JSON text or the path of a JSON file)');
  const config = loadConfigFrom(argument);
  const log = config.logFile === null ? noLog : await openRequestLog(config.logFile);
  const client = connectShop(config);
  const run = new LoadRun(config, { client, log, emit });
  obey(run);
  const summary = await run.run();
  await Promise.all([log.close(), client.close()]);
  emit(summary);
}

main().then(
  () => exit(0),
  (error: unknown) => {
    emit({ type: 'error', message: error instanceof Error ? error.message : String(error) });
    exit(2);
  },
);
