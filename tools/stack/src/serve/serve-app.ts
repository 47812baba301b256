/**
 * Keeps one app running from its sources.
 *
 * V1  At most one process at a time.
 * V2  A good build ends the running process in order and starts the new one at once; a bad build changes nothing.
 * V3  An end that nobody asked for is followed by another start, after a pause that grows, or at the next good build.
 * V4  Once interrupted, or when the foundation is gone, nothing starts any more.
 */
import { repositoryRoot } from '@atlas/platform-stack';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../session.ts';
import { awaitStack, endOf } from './await-stack.ts';
import { Rebuilds } from './rebuilds.ts';
import { recipeOf, serveFolder, type Recipe } from './recipes.ts';
import type { ServeOptions } from './serve-options.ts';
import { startServed, type ServedProcess } from './served-process.ts';

const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 8_000;
/** Longest drain when a new build waits, and at the end. */
const DRAIN_MS = 10_000;
const LAST_DRAIN_MS = 2_500;

interface Serving {
  readonly session: Session<ServeOptions>;
  readonly recipe: Recipe;
  readonly main: string;
  readonly builds: EventEmitter;
  readonly signal: AbortSignal;
}

/** Until Ctrl-C. @throws StackError in one line when the foundation is gone or of another kind. */
export async function serveApp(session: Session<ServeOptions>): Promise<number> {
  const { options, settings, screen } = session;
  const { home, faults, logLevel } = settings;
  const { app } = options;
  const root = repositoryRoot();
  const say = (line: string): void => screen.say(line);
  const stack = await awaitStack(home, say, session.signal);
  const end = endOf(stack);
  const signal = AbortSignal.any([session.signal, end.signal]);
  const recipe = await recipeOf({ root, home, app, stack, faults, logLevel });
  const builds = new EventEmitter();
  const main = join(serveFolder(home), recipe.name, 'main.mjs');
  const rebuilds = new Rebuilds({
    root,
    entry: join(root, 'apps', app, 'src/main.ts'),
    file: main,
    onBuilt: () => builds.emit('built'),
    onFailed: (why) => say(`the build failed:\n${why}`),
    onBlind: (why) => say(`not every change of a source will be seen: ${why}`),
  });
  try {
    const built = once(builds, 'built', { signal });
    void rebuilds.start();
    await built.catch(() => undefined);
    await keepServing({ session, recipe, main, builds, signal });
  } finally {
    rebuilds.close();
    end.close();
    await recipe.close();
  }
  end.signal.throwIfAborted();
  return 0;
}

async function keepServing(serving: Serving): Promise<void> {
  const { session, recipe, builds, signal } = serving;
  const say = (line: string): void => session.screen.say(line);
  for (let pause = FIRST_PAUSE_MS; !signal.aborted;) {
    const turn = new AbortController();
    const over = { signal: AbortSignal.any([signal, turn.signal]) };
    const rebuilt = once(builds, 'built', over).then(
      () => 'built' as const,
      () => 'over' as const,
    );
    const run = await start(serving);
    const next = await Promise.race([rebuilt, run.exited.then((end) => ({ end }))]);
    if (typeof next === 'string') {
      if (next === 'built') say(`${recipe.name}: a source changed, restarting`);
      await run.stop(next === 'built' ? DRAIN_MS : LAST_DRAIN_MS);
      pause = FIRST_PAUSE_MS;
    } else {
      const { code, signal: killer } = next.end;
      const how = killer ?? `exit code ${code ?? 0}`;
      say(`${recipe.name} ended (${how}); starting it again in ${pause} ms, or at the next change`);
      await Promise.race([rebuilt, wait(pause, undefined, over).catch(() => undefined)]);
      pause = Math.min(pause * 2, MOST_PAUSE_MS);
    }
    turn.abort();
  }
}

async function start({ session, recipe, main }: Serving): Promise<ServedProcess> {
  const { options, settings, screen } = session;
  const { env, inherit, ended } = await recipe.prepare();
  const logFile = join(settings.home, 'logs', `${recipe.name}.log`);
  const say = (line: string): void => screen.say(line);
  const run = await startServed({ main, env, logFile, inspect: options.inspect, inherit, say });
  void run.exited.then(ended).catch((error: unknown) => say(`its end could not be noted: ${String(error)}`));
  screen.say(`${recipe.name} started (process ${run.pid})`);
  await recipe.started(run.pid);
  return run;
}
