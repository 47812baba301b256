#!/usr/bin/env node
// Runs the built atlasctl on Node 24. Plain JavaScript, so that any Node from 20.19 can start it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../../..');
const main = join(root, 'dist/atlasctl/main.js');

if (!existsSync(main)) {
  console.error('atlasctl: not built yet; run `npm start` (or `npm run build`) once');
  process.exit(1);
}
try {
  const { reexecOnNode24 } = await import('../../setup/node24.mjs');
  await reexecOnNode24();
} catch (error) {
  console.error(`atlasctl: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
await import(pathToFileURL(main).href);
