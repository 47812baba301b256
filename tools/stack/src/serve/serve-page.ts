import { freePort, ownRow, publishRow, repositoryRoot, strikeRow } from '@atlas/platform-stack';
import { join } from 'node:path';
import { createServer } from 'vite';
import { interrupted } from '../interruption.ts';
import type { Session } from '../session.ts';
import { awaitStack, endOf } from './await-stack.ts';
import { serveFolder } from './recipes.ts';

/** What of the page's addresses the edge answers. */
const OF_THE_EDGE = ['/api', '/images'];

/** The storefront from its sources, each change in the browser at once; the edge serves the built one meanwhile. */
export async function servePage({ settings, screen, signal }: Session<unknown>): Promise<number> {
  const { home } = settings;
  const stack = await awaitStack(home, (line) => screen.say(line), signal);
  const end = endOf(stack);
  const port = await freePort();
  const server = await createServer({
    root: join(repositoryRoot(), 'apps/storefront'),
    cacheDir: join(serveFolder(home), 'storefront'),
    logLevel: 'warn',
    clearScreen: false,
    server: {
      ...{ host: '127.0.0.1', port, strictPort: true },
      proxy: Object.fromEntries(OF_THE_EDGE.map((path) => [path, stack.edgeUrl])),
    },
  });
  try {
    await server.listen();
    await publishRow(home, await ownRow('storefront', process.pid));
    screen.say(`storefront from its sources at http://127.0.0.1:${port}`);
    await interrupted(AbortSignal.any([signal, end.signal]));
  } finally {
    end.close();
    await server.close();
    await strikeRow(home, 'storefront');
  }
  end.signal.throwIfAborted();
  return 0;
}
