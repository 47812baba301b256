import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { watchLifeline } from '../src/lifeline.ts';

/** A process that watches its descriptor 3 and says what it sees. */
function watcher() {
  const lifeline = join(import.meta.dirname, '../src/lifeline.ts');
  const script = `import { watchLifeline } from ${JSON.stringify(lifeline)};
    const stay = setInterval(() => {}, 1000);
    watchLifeline(3, () => { console.log('gone'); clearInterval(stay); });
    console.log('watching');`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  let said = '';
  child.stdout?.on('data', (part: Buffer) => (said += part.toString()));
  return { child, said: () => said };
}

describe('watchLifeline', () => {
  it('tells the end of the pipe once, whatever was written to it before', async () => {
    const { child, said } = watcher();
    await vi.waitFor(() => expect(said()).toContain('watching'), 10_000);
    const pipe = child.stdio[3];
    if (!pipe || !('write' in pipe)) throw new Error('no pipe');
    pipe.write('noise');
    pipe.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(said()).toBe('watching\ngone\n');
  });

  it('does nothing without a descriptor', () => {
    const gone = vi.fn();
    watchLifeline(undefined, gone)();
    expect(gone).not.toHaveBeenCalled();
  });
});
