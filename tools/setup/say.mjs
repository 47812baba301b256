/** What set-up tells the person in front of it: short lines on standard error, so that a task's own output stays clean. */

/** A failure that the person can act on: one line, no stack. */
export class SetupError extends Error {}

export const say = (line) => void process.stderr.write(`atlas: ${line}\n`);

/**
 * Keeps saying that a long step goes on: one line that counts on a terminal, a line each 10 s elsewhere.
 * @param {string} what
 * @returns {() => void} ends it
 */
export function progress(what) {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const tty = process.stderr.isTTY === true;
  const timer = setInterval(
    () => {
      if (tty) process.stderr.write(`\r\u001b[Katlas: ${what} … ${seconds()} s`);
      else say(`${what} … ${seconds()} s`);
    },
    tty ? 500 : 10_000,
  );
  return () => {
    clearInterval(timer);
    if (tty) process.stderr.write('\r\u001b[K');
    say(`${what}: done in ${seconds()} s`);
  };
}
