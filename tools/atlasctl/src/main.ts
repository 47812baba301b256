import { run } from './cli.ts';
import { terminal } from './output.ts';

/** From now on Ctrl-C does not end this process by itself. */
function interruption(): AbortSignal {
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  return over.signal;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  output: terminal,
  interruption,
});
