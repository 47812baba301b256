/** The root supervisor as people start it: `dist/stack/main.js` in a process of its own. */
import { appEnvironment } from '@atlas/platform-stack';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from './shop.ts';

export interface Started {
  readonly child: ChildProcess;
  /** Everything said so far on both outputs. */
  output(): string;
  /** Resolves to the shop's address as soon as it is told. @throws Error with the output when the process ends before. */
  answering(): Promise<string>;
  /** Resolves when the process has ended and its outputs are closed. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartSpec {
  /** `ATLAS_HOME` */
  readonly home: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** User to run as. */
  readonly uid?: number;
  /** How many files it and its children may have open each (`ulimit -n`). */
  readonly openFiles?: number;
}

/** Runs the rest of its arguments under the limit that the first one says. */
const LIMITED = 'ulimit -n "$1"; shift; exec "$@"';

export function startSupervisor({ home, args, env = {}, uid, openFiles }: StartSpec): Started {
  const command = [process.execPath, builtFile('stack'), ...args];
  const [program = '', ...rest] =
    openFiles === undefined ? command : ['/bin/sh', '-c', LIMITED, 'limited', String(openFiles), ...command];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: appEnvironment({ ATLAS_HOME: home, ...env }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      said[stream] += chunk.toString();
      for (const listener of listeners) listener();
    });
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => ({ code, signal, ...said }),
  );
  const address = (): string | undefined => /answering at (http:\S+)\s/.exec(said.stdout)?.[1];
  return {
    child,
    ended,
    output: () => said.stdout + said.stderr,
    answering: () =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const url = address();
          if (url !== undefined) resolve(url);
        };
        listeners.add(look);
        look();
        void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${said.stdout}${said.stderr}`)));
      }),
  };
}
