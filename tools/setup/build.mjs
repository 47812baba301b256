/**
 * Bundles every process into one file: `node tools/setup/build.mjs [name …]` (all by default).
 * Entries are `{apps,tools}/<name>/src/main.ts` and `load/src/main.ts`; further entry points (`migrate.ts`, `worker.ts`,
 * `soak.ts`, `fuzz.ts`, `audit.ts`) become files beside `main.js`. A whole build notes of which sources it is (`build-stamp.mjs`).
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { build } from 'rolldown';
import { build as buildPage } from 'vite';
import { buildInputs, markBuilt } from './build-stamp.mjs';
import { bundleOf } from './bundle.mjs';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');

/**
 * V8 keeps the text of a file that is not all ASCII in two bytes a character: 4.5 MB more in every host, and slower to
 * load (measured). Escapes mean the same in strings, templates, patterns and comments.
 */
const inAscii = (code) =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Further entry points beside `main.ts`. */
const SIDE_ENTRIES = ['migrate', 'soak', 'audit', 'rest', 'fuzz', 'capacity'];

/** @returns {Record<string, Record<string, string>>} name → output file stem → entry */
function entries() {
  const folders = {
    ...Object.fromEntries(readdirSync(join(root, 'apps')).map((name) => [name, join(root, 'apps', name)])),
    ...Object.fromEntries(readdirSync(join(root, 'tools')).map((name) => [name, join(root, 'tools', name)])),
    load: join(root, 'load'),
  };
  const found = {};
  for (const [name, folder] of Object.entries(folders)) {
    const main = join(folder, 'src/main.ts');
    if (!existsSync(main)) continue;
    found[name] = { main };
    for (const side of SIDE_ENTRIES) {
      const file = join(folder, `src/${side}.ts`);
      if (existsSync(file)) found[name][side] = file;
    }
  }
  return found;
}

async function bundle(name, input) {
  const out = join(dist, name);
  await rm(out, { recursive: true, force: true });
  for (const [stem, entry] of Object.entries(input)) {
    // Beside the bundle, but not named in it: Node would hold the parsed map in memory (measured: 32 MB per process).
    const file = join(out, `${stem}.js`);
    await build(bundleOf(entry, file, { sourcemap: 'hidden' }));
    await writeFile(file, inAscii(await readFile(file, 'utf8')));
  }
}

/** Identity of a build: the same sources give the same one; hosts refuse to talk across builds. */
async function identify(names) {
  const hash = createHash('sha256');
  for (const name of names.sort()) {
    for (const file of readdirSync(join(dist, name))
      .filter((file) => file.endsWith('.js'))
      .sort()) {
      hash.update(`${name}/${file}\0`).update(await readFile(join(dist, name, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** The storefront: a static page, served by the edge from `dist/storefront`. */
const page = join(root, 'apps/storefront');
const bundlePage = () =>
  buildPage({ root: page, logLevel: 'warn', build: { outDir: join(dist, 'storefront'), emptyOutDir: true } });

const all = entries();
const wanted = process.argv.slice(2);
const inputs = await buildInputs(root);
for (const name of wanted) {
  if (!all[name] && name !== 'storefront') {
    console.error(
      `build: nothing named "${name}"; there are: ${[...Object.keys(all), 'storefront'].join(', ')}`,
    );
    process.exit(2);
  }
}
await mkdir(dist, { recursive: true });
// Without its name a build is unfinished: nobody starts what is half of one and half of another.
await rm(join(dist, 'build.json'), { force: true });
await writeFile(join(dist, 'package.json'), '{ "type": "module" }\n');
for (const [name, input] of Object.entries(all)) {
  if (wanted.length === 0 || wanted.includes(name)) await bundle(name, input);
}
if (existsSync(join(page, 'index.html')) && (wanted.length === 0 || wanted.includes('storefront')))
  await bundlePage();
const built = Object.keys(all).filter((name) => existsSync(join(dist, name, 'main.js')));
await writeFile(join(dist, 'build.json'), JSON.stringify({ build: await identify(built), built }) + '\n');
if (wanted.length === 0) await markBuilt(root, inputs);
