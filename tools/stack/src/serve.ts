/**
 * `nx serve NAME`: one part of the stack as an ordinary process, for those who develop it. Run from its sources.
 * `stack` is the foundation; `switcher` and hosts stand on it, are built here, and restart when a source changes.
 */
import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import { UsageError } from './options.ts';
import { serveApp } from './serve/serve-app.ts';
import { parseServe, type ServeOptions } from './serve/serve-options.ts';
import { servePage } from './serve/serve-page.ts';
import { serveStack } from './serve/serve-stack.ts';
import { runCommand, type Session } from './session.ts';

async function serve(session: Session<ServeOptions>): Promise<number> {
  const { app } = session.options;
  if (app === 'stack') return serveStack(session);
  if (app === 'storefront') return servePage(session);
  const { bundle, modules } = await readManifest(repositoryRoot());
  const apps = ['switcher', bundle, ...modules];
  if (!apps.includes(app)) {
    throw new UsageError(
      `nothing named "${app}" can be served; there are: ${['stack', 'storefront', ...apps].join(', ')}`,
    );
  }
  return serveApp(session);
}

await runCommand(parseServe, serve);
