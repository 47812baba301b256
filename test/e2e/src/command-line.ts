/** Runs the built command line as a process, as a person at a terminal does. */
import { repositoryRoot } from '@atlas/platform-stack';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { builtFile } from './shop.ts';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that goes on until it is told to end. */
export interface Running {
  /** Resolves to the first line of output that fits, past ones included. @throws Error when it ends before. */
  line(fits: (line: string) => boolean): Promise<string>;
  /** As Ctrl-C does. */
  interrupt(): void;
  readonly ended: Promise<Said>;
}

export const SHIM = (): string => join(repositoryRoot(), 'tools/atlasctl/bin/atlasctl.mjs');

/** Starts atlasctl for the stack in `home`; `program` is the bundle, or the shim that `npx atlasctl` starts. */
export function startCtl(home: string, args: readonly string[], program = builtFile('atlasctl')): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ATLAS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return running(child, () => void child.kill('SIGINT'));
}

/** What a child with piped outputs says, as it says it. */
export function running(
  child: ChildProcessByStdio<null, Readable, Readable>,
  interrupt: () => void,
): Running {
  const said = { out: '', err: '' };
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  child.stderr.on('data', (data) => (said.err += String(data)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.out += `${line}\n`;
    lines.push(line);
    wake();
  });
  let over = false;
  const ended = new Promise<Said>((resolve) =>
    child.on('close', (code) => {
      over = true;
      wake();
      resolve({ code, ...said });
    }),
  );
  return {
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined && !over) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`it ended without that line: ${said.out}${said.err}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
    interrupt,
    ended,
  };
}

/** Runs it to its end. */
export const ctl = (home: string, ...args: readonly string[]): Promise<Said> => startCtl(home, args).ended;
