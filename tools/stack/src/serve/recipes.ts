/** How each part is run: with the same variables as under the process driver, from the stack file. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  keepControlPort,
  leaveEndNote,
  openEdgeSocket,
  ownRow,
  publishRow,
  StackError,
  strikeRow,
  switcherEnvironment,
  tryLock,
  type FileLock,
} from '@atlas/platform-stack';
import { stackFileOf, type ServedStack } from './await-stack.ts';
import type { ServedEnd } from './served-process.ts';

/** One start of a part. */
export interface Start {
  readonly env: Readonly<Record<string, string>>;
  /** Descriptor 4. */
  readonly inherit: number | undefined;
  /** To be called when the process has ended. */
  ended(end: ServedEnd): Promise<void>;
}

export interface Recipe {
  /** `cart-0`; `switcher`. */
  readonly name: string;
  /** Before each start. */
  prepare(): Promise<Start>;
  /** After each start. */
  started(pid: number): Promise<void>;
  /** After the last end. */
  close(): Promise<void>;
}

export interface RecipeInput {
  readonly root: string;
  readonly home: string;
  readonly app: string;
  readonly stack: ServedStack;
  readonly faults: string | undefined;
  readonly logLevel: string;
}

/** Folder of the builds and locks of what is served. */
export const serveFolder = (home: string): string => join(home, 'serve');

const lockFile = async (home: string, name: string): Promise<string> => {
  await mkdir(serveFolder(home), { recursive: true, mode: 0o700 });
  return join(serveFolder(home), `${name}.lock`);
};

/** The lowest ordinal that no other runner of this app has. */
async function takeInstance(
  home: string,
  app: string,
): Promise<{ readonly name: string; readonly lock: FileLock }> {
  for (let ordinal = 0; ; ordinal += 1) {
    const name = `${app}-${ordinal}`;
    const attempt = await tryLock(await lockFile(home, name));
    if (attempt.outcome === 'held') return { name, lock: attempt.lock };
  }
}

const nothing = async (): Promise<void> => {};

async function hostRecipe({ root, home, app, stack }: RecipeInput): Promise<Recipe> {
  const { bundle } = await stackFileOf(home);
  const { name, lock } = await takeInstance(home, app);
  const edge = app === bundle ? await openEdgeSocket(Number(new URL(stack.edgeUrl).port)) : undefined;
  const ofBundle = { ATLAS_EDGE_FD: '4', ATLAS_STOREFRONT_DIR: join(root, 'dist/storefront') };
  return {
    name,
    prepare: async () => {
      const { apps, instanceEnv } = await stackFileOf(home);
      // Builds come and go: a cache of their compiled code would only grow.
      const { NODE_COMPILE_CACHE: _cache, ...env } = apps[app]?.env ?? {};
      const nonce = randomBytes(8).toString('hex');
      const own = { ATLAS_INSTANCE: name, ATLAS_NONCE: nonce };
      return {
        env: { ...env, ...instanceEnv?.[name], ...(edge ? ofBundle : {}), ...own },
        inherit: edge?.fd,
        // The switcher is no parent of it: without this word, calls in flight wait for fear of poison.
        ended: (end) => leaveEndNote(home, name, { nonce, ...end }),
      };
    },
    started: nothing, // the switcher names it, from its lease
    close: async () => {
      edge?.close();
      await lock.release();
    },
  };
}

async function switcherRecipe({ root, home, faults, logLevel }: RecipeInput): Promise<Recipe> {
  const attempt = await tryLock(await lockFile(home, 'switcher'));
  if (attempt.outcome === 'busy') throw new StackError('a switcher is served here already');
  return {
    name: 'switcher',
    prepare: async () => {
      await keepControlPort(home);
      const env = switcherEnvironment({ root, home, faults, logLevel });
      return { env, inherit: undefined, ended: nothing };
    },
    started: async (pid) => publishRow(home, await ownRow('switcher', pid)),
    close: async () => {
      await strikeRow(home, 'switcher');
      await attempt.lock.release();
    },
  };
}

export const recipeOf = (input: RecipeInput): Promise<Recipe> =>
  input.app === 'switcher' ? switcherRecipe(input) : hostRecipe(input);
