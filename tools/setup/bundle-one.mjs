/**
 * `node tools/setup/bundle-one.mjs ENTRY FILE`: bundles one process for development, its source map beside it and named
 * in it. Prints the project's own files that it read as a JSON array, also when the build fails (exit code 1).
 * A process of its own, since a bundler that stays keeps half a gigabyte (measured: 520 MB after one build).
 */
import { build } from 'rolldown';
import { bundleOf } from './bundle.mjs';

const [entry, file] = process.argv.slice(2);
const read = new Set();
const reader = {
  name: 'files-read',
  load: {
    filter: { id: { exclude: /node_modules|\0/ } },
    handler(id) {
      read.add(id);
      return null;
    },
  },
};
try {
  await build(bundleOf(entry, file, { sourcemap: true, plugins: [reader] }));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.stdout.write(JSON.stringify([...read]));
