import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

it('ends when its port is taken, though its link to the store is open: whoever keeps it running starts it again', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-switcher-'));
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const controlPort = typeof address === 'object' && address !== null ? address.port : 0;
  const app = { main: '/dist/app/main.js', env: {} };
  const file = join(home, 'stack.json');
  const stack = {
    ...{ build: 'b', storeUrl: 'postgres://127.0.0.1:1/x', controlPort, driver: 'process' },
    ...{ operatorToken: 'operator-token-of-the-test', bundle: 'shop', modules: ['cart'], hybrid: [] },
    apps: { shop: app, cart: app },
  };
  await writeFile(file, JSON.stringify(stack));
  vi.stubEnv('ATLAS_HOME', home);
  vi.stubEnv('ATLAS_STACK_FILE', file);
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  await import('../src/main.ts');
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(1));
  expect(said).toHaveBeenCalledWith(expect.stringContaining('EADDRINUSE'));
  taken.close();
  await rm(home, { recursive: true });
});
