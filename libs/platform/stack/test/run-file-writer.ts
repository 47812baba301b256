/** A second writer for run-file.spec.ts: adds rows, or with a negative count takes the lock and keeps it. */
import { tryLock } from '../src/file-lock.ts';
import { runFilePath, updateRunFile } from '../src/run-file.ts';

const [home = '', name = '', count = '0'] = process.argv.slice(2);

if (Number(count) < 0) {
  await tryLock(`${runFilePath(home)}.lock`);
  process.send?.('locked');
  setInterval(() => undefined, 1_000);
} else {
  for (let row = 0; row < Number(count); row += 1) {
    await updateRunFile(home, (document) => ({
      ...document,
      processes: [
        ...document.processes,
        { app: name, pid: process.pid, instance: `${name}-${row}`, rpc: null, startTime: 'now' },
      ],
    }));
  }
  process.disconnect?.();
}
