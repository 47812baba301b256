import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { LoadLine } from '../src/protocol.ts';
import { startFakeEdge, type FakeEdge } from './fake-edge.ts';

const main = join(import.meta.dirname, '../src/main.ts');

let edge: FakeEdge | undefined;
let child: ChildProcessByStdio<Writable, Readable, null> | undefined;

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await edge?.close();
});

/** Starts the driver; `act` is called with each line, `run` resolves with all lines and the exit code. */
async function run(
  config: Record<string, unknown>,
  act: (line: LoadLine, started: NonNullable<typeof child>) => void = () => undefined,
): Promise<{ readonly code: number | null; readonly lines: readonly LoadLine[] }> {
  edge = await startFakeEdge();
  const whole = { edgeUrl: edge.url, mode: 'continuous', peakRps: 50, thinkMs: 20, ...config };
  const started = spawn(process.execPath, [main, JSON.stringify(whole)], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, ATLAS_LIFELINE_FD: '3' },
  }) as ChildProcessByStdio<Writable, Readable, null>;
  child = started;
  const lines: LoadLine[] = [];
  createInterface({ input: started.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LoadLine;
    lines.push(line);
    act(line, started);
  });
  const [code] = (await once(started, 'close')) as [number | null];
  return { code, lines };
}

const atProgress = (act: (started: NonNullable<typeof child>) => void) => {
  let done = false;
  return (line: LoadLine, started: NonNullable<typeof child>): void => {
    if (line.type !== 'progress' || done) return;
    done = true;
    act(started);
  };
};

describe('the load process', () => {
  it('plays the committed trace to its end and exits with 0 after a summary', async () => {
    const { code, lines } = await run({ mode: 'replay', durationS: 1 });
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', stoppedEarly: false, failed: 0 });
  });

  it('settles and sums up when a line says stop', async () => {
    const { code, lines } = await run(
      {},
      atProgress((started) => void started.stdin.write('stop\n')),
    );
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', stoppedEarly: true, failed: 0 });
  });

  it('sums up on SIGTERM', async () => {
    const { code, lines } = await run(
      {},
      atProgress((started) => void started.kill('SIGTERM')),
    );
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', stoppedEarly: true });
  });

  it('ends at once when its lifeline ends', async () => {
    const { code, lines } = await run(
      {},
      atProgress((started) => void (started.stdio[3] as Writable).end()),
    );
    expect(code).toBe(1);
    expect(lines.at(-1)?.type).not.toBe('summary');
  });

  it('says in one line why it cannot start, and exits with 2', async () => {
    const { code, lines } = await run({ speed: 1 });
    expect(code).toBe(2);
    expect(lines).toEqual([{ type: 'error', message: expect.stringContaining('speed') as string }]);
  });
});
