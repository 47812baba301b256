import { edgeReady, startExternalStack } from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';
import { interrupted } from '../interruption.ts';
import { announced, type Session } from '../session.ts';
import { startFailure } from '../start-failure.ts';
import type { ServeOptions } from './serve-options.ts';

const LOOK_EVERY_MS = 250;

/** Says it once when the shop answers, whoever runs it. */
async function tellWhenReady(
  edgeUrl: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!(await edgeReady(edgeUrl))) await wait(LOOK_EVERY_MS, undefined, { signal });
  say(`shop answering at ${edgeUrl}`);
}

/** Postgres, acquirer and `run.json`, until Ctrl-C. */
export async function serveStack({
  options,
  settings,
  screen,
  signal,
}: Session<ServeOptions>): Promise<number> {
  const say = (line: string): void => screen.say(line);
  const { home, logLevel, faults } = settings;
  const starting = startExternalStack({
    ...{ home, logLevel, signal, port: options.port, audit: false, onEvent: say },
    ...(faults === undefined ? {} : { faults }),
  });
  const stack = await announced(screen, 'starting Postgres and acquirer', starting).catch(
    (error: unknown): never => {
      throw startFailure({ home, signal }, error);
    },
  );
  say('Postgres and acquirer are up');
  void tellWhenReady(stack.edgeUrl, say, signal).catch(() => undefined);
  await interrupted(signal);
  await stack.stop();
  return 0;
}
