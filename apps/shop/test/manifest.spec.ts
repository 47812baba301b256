import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MODULES } from '../src/app.config.ts';

test('the manifest names the modules whose contracts the shop has, and each has an app that serves it', async () => {
  const { modules } = await readManifest(repositoryRoot());
  expect([...modules].sort()).toEqual([...MODULES].sort());
  const appless = modules.filter((name) => !existsSync(join(repositoryRoot(), 'apps', name, 'src/main.ts')));
  expect(appless).toEqual([]);
});
