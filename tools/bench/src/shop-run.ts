/** A real shop for benches: the built stack in a folder of its own, its switches, its logs, and load on it. */
import { readRequestLog, type RequestRecord } from '@atlas/load';
import {
  readRunFile,
  repositoryRoot,
  StackError,
  startStack,
  type Stack,
  type StackOptions,
} from '@atlas/platform-stack';
import {
  ControlClient,
  memoryMb,
  startLoad,
  type LoadProcess,
  type SwitchView,
  type Target,
} from '@atlas/stack';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchContext } from './bench.ts';
import { inFolder } from './folder.ts';

/** Requests per second while shapes change: the average of `npm start`'s replay. */
export const DEMO_RPS = 220;
const LOOK_EVERY_MS = 20;
const AWAIT_EVERY_MS = 100;
const END_WITHIN_MS = 90_000;

/** A line of a process's log. */
export interface Mark {
  /** ms since 1970. */
  readonly at: number;
  /** `switcher`, `shop-0`. */
  readonly of: string;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ShopRun {
  readonly stack: Stack;
  readonly control: ControlClient;
  /** Asks for a switch and waits until it is routed, or until nothing of it is left to do. @throws Error unless it is committed. */
  move(target: Target, until: 'routed' | 'done'): Promise<SwitchView>;
  /** Every line of every log so far, oldest first. */
  marks(): Promise<Mark[]>;
  /** Load at `DEMO_RPS` until `end`, which resolves to every request. @throws Error when one failed. */
  load(): Promise<{ end(): Promise<RequestRecord[]> }>;
}

/** Runs `work` on a new shop and ends it whatever happens. @throws as `inFolder` */
export function withShop<T>(
  { signal }: Pick<BenchContext, 'signal'>,
  options: Partial<StackOptions>,
  work: (run: ShopRun) => Promise<T>,
): Promise<T> {
  return inFolder({ signal }, async (home) => {
    const undo: (() => Promise<void>)[] = [];
    try {
      const stack = await startStack({ home, port: 0, audit: false, signal, ...options });
      undo.push(() => stack.stop());
      return await work(shopRun(stack, signal, undo));
    } finally {
      for (const step of undo.reverse()) await step();
    }
  });
}

function shopRun(stack: Stack, signal: AbortSignal, undo: (() => Promise<void>)[]): ShopRun {
  const control = new ControlClient(stack.controlUrl, stack.operatorToken);
  return {
    stack,
    control,
    move: (target, until) => moveTo(control, target, until, signal),
    marks: () => marksIn(join(stack.home, 'logs')),
    load: async () => {
      const log = join(stack.home, 'logs', 'requests.jsonl');
      const load = await startLoad({
        main: join(repositoryRoot(), 'dist/load/main.js'),
        logFile: join(stack.home, 'logs', 'load.log'),
        config: {
          edgeUrl: stack.edgeUrl,
          mode: 'steady',
          durationS: 0,
          peakRps: DEMO_RPS,
          logFile: log,
          slowCard: false, // its 2 s are the bank's: one request in 200, half of what lies above a p99
          settleS: 5,
        },
        onLine: () => {},
      });
      undo.push(() => load.kill());
      await load.begun;
      return { end: () => requestsOf(load, log) };
    },
  };
}

/** Asks for a switch and waits for it. @throws StackError unless it is committed and got so far within 90 s. */
export async function moveTo(
  control: ControlClient,
  target: Target,
  until: 'routed' | 'done',
  signal: AbortSignal,
): Promise<SwitchView> {
  let view = await control.propose(target, 'bench', signal);
  const reached = (): boolean => view.done || (until === 'routed' && view.routedMs !== null);
  for (const end = Date.now() + END_WITHIN_MS; !reached() && Date.now() < end;) {
    await wait(LOOK_EVERY_MS, undefined, { signal });
    view = await control.get(view.id);
  }
  if (view.outcome === 'committed' && reached()) return view;
  const why = view.abort?.detail ?? view.trial?.detail ?? 'no more is known';
  throw new StackError(`a switch of the bench is ${view.phase}, ${view.outcome ?? 'open'} (${why})`);
}

/** Resolves when it holds. @throws StackError that names it when it does not in time */
export async function awaited(
  what: string,
  holds: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  for (const end = Date.now() + END_WITHIN_MS; !(await holds());) {
    if (Date.now() > end) throw new StackError(`not within ${END_WITHIN_MS / 1_000} s: ${what}`);
    await wait(AWAIT_EVERY_MS, undefined, { signal });
  }
}

/** These switches once they are drained: without those that are not yet, the slowest would be left out. */
export async function drained(
  control: ControlClient,
  views: readonly SwitchView[],
  signal: AbortSignal,
): Promise<SwitchView[]> {
  const all: SwitchView[] = [];
  // one after another: the control API takes 64 connections at the most
  for (let view of views) {
    const isDrained = async (): Promise<boolean> => {
      view = await control.get(view.id);
      return view.drainMs !== null;
    };
    await awaited(`switch ${view.id} is drained`, isDrained, signal);
    all.push(view);
  }
  return all;
}

async function requestsOf(load: LoadProcess, log: string): Promise<RequestRecord[]> {
  load.finish();
  const summary = await load.summary;
  if (summary.failed > 0) {
    const { failed, requests } = summary;
    throw new StackError(`${failed} of ${requests} requests of the bench failed`);
  }
  await load.kill();
  const requests: RequestRecord[] = [];
  for await (const request of readRequestLog(log)) if (request.phase === 'load') requests.push(request);
  return requests;
}

async function marksIn(folder: string): Promise<Mark[]> {
  const files = (await readdir(folder)).filter(
    (name) => name.endsWith('.log') && !name.startsWith('postgres'),
  );
  const all = await Promise.all(
    files.map(async (name) => {
      const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
      return lines.flatMap((line) => markOf(line, name.replace(/\.log$/, '')));
    }),
  );
  return all.flat().sort((a, b) => a.at - b.at);
}

/** None for a line that is no JSON, e.g. a warning of Node. */
function markOf(line: string, of: string): Mark[] {
  if (!line.startsWith('{')) return [];
  const { time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const at = typeof time === 'number' ? time : Date.parse(String(time));
  return [{ at, of, msg: String(msg), fields }];
}

/** Proportional set size of one process of the shop, MB; resident size where the system does not tell. */
export async function memoryOf({ stack }: Pick<ShopRun, 'stack'>, instance: string): Promise<number> {
  const row = (await readRunFile(stack.home))?.processes.find((process) => process.instance === instance);
  if (row === undefined) throw new Error(`there is no ${instance}`);
  return memoryMb([row.pid]);
}
