import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIGNALS = ['SIGTERM', 'SIGINT'];

/** As `execFile`, but it ends with us, also by a signal: it would go on behind the back of the next set-up. */
export async function runWithUs(program, args, options) {
  const running = run(program, args, { ...options, maxBuffer: 1e8 });
  const end = () => running.child.kill();
  const pass = (signal) => {
    end();
    process.kill(process.pid, signal);
  };
  process.once('exit', end);
  for (const signal of SIGNALS) process.once(signal, pass);
  try {
    return await running;
  } finally {
    process.off('exit', end);
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}
