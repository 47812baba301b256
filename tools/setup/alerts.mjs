/** `npm run alerts`: checks the alert rules in infra/alerts and runs their tests. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findPromtool } from './promtool.mjs';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../infra/alerts');
const HELP = `usage: npm run alerts
`;

async function main() {
  const promtool = await findPromtool();
  if (promtool === undefined) throw new Error('no promtool');
  for (const args of [
    ['check', 'rules', 'atlas.yaml'],
    ['test', 'rules', 'atlas_test.yaml'],
  ]) {
    const { stdout } = await run(promtool, args, { cwd: folder });
    console.log(stdout.trim());
  }
}

function options() {
  try {
    return parseArgs({ options: { help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`alerts: ${error.message}`);
    process.exit(2);
  }
}

if (options().help) process.stdout.write(HELP);
else
  await main().catch((error) => {
    console.error(`alerts: ${`${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message}`);
    process.exitCode = 1;
  });
