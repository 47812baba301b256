/** What set-up tells the person in front of it: short lines on standard error, so that a task's own output stays clean. */

/** A failure that the person can act on: one line, no stack. */
export class SetupError extends Error {}

/** Why a program failed, as it said last; what kept it from running if it said nothing, as when it is not there. */
export const lastWords = (error) =>
  String(error.stderr || error)
    .trim()
    .split('\n')
    .at(-1);

export const say = (line) => void process.stderr.write(`atlas: ${line}\n`);

/**
 * Runs a long step and keeps saying that it goes on: one line that counts on a terminal, a line each 10 s elsewhere.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function withProgress(what, step) {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const tty = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const tick = () => {
    const end = ` … ${seconds()} s`;
    const room = (process.stderr.columns || 80) - 1 - 'atlas: '.length - end.length; // of a second line only the end goes
    if (tty) process.stderr.write(`\r\u001b[Katlas: ${what.slice(0, Math.max(0, room))}${end}`);
    else say(`${what} … ${seconds()} s`);
  };
  const timer = setInterval(tick, tty ? 500 : 10_000);
  const end = () => {
    clearInterval(timer);
    if (tty) process.stderr.write('\r\u001b[K');
  };
  try {
    const result = await step();
    end();
    say(`${what}: done in ${seconds()} s`);
    return result;
  } finally {
    end();
  }
}
