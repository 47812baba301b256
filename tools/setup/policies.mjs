/**
 * `npm run policies`: tests the policies in infra/policies and compiles them to the Wasm that is committed beside them.
 * `-- --check` writes nothing, and fails when the committed Wasm is not what the sources give.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findOpa, OPA_VERSION } from './opa.mjs';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../infra/policies');
const SOURCE = 'guardrails.rego';
const ENTRY = 'atlas/guardrails/deny';
const HELP = `usage: npm run policies [-- --check]
  --check  compare with the committed Wasm, write nothing
`;

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Built in its folder by its bare name: OPA writes the path into the Wasm. */
async function build(opa) {
  const out = await mkdtemp(join(tmpdir(), 'atlas-policies-'));
  try {
    const bundle = join(out, 'bundle.tar.gz');
    await run(opa, ['build', '--target', 'wasm', '--entrypoint', ENTRY, '--output', bundle, SOURCE], {
      cwd: folder,
    });
    await run('tar', ['-xzf', bundle, '-C', out, '/policy.wasm']);
    return await readFile(join(out, 'policy.wasm'));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function main({ check }) {
  const opa = await findOpa();
  if (opa === undefined) throw new Error(`no OPA ${OPA_VERSION}`);
  const unformatted = (await run(opa, ['fmt', '--list', folder])).stdout.trim();
  if (check && unformatted !== '') throw new Error(`not as \`opa fmt\` writes it: ${unformatted}`);
  if (!check) await run(opa, ['fmt', '--write', folder]);
  await run(opa, ['check', '--strict', folder]);
  const tested = await run(opa, ['test', folder]).catch((error) => {
    throw new Error(`opa test: ${error.stdout || error.stderr}`);
  });
  console.log(tested.stdout.trim());
  const wasm = await build(opa);
  const built = { opa: OPA_VERSION, rego: hash(await readFile(join(folder, SOURCE))), wasm: hash(wasm) };
  const text = `${JSON.stringify(built, null, 2)}\n`;
  if (!check) {
    await writeFile(join(folder, 'guardrails.wasm'), wasm);
    await writeFile(join(folder, 'guardrails.json'), text);
    console.log(`guardrails.wasm: ${wasm.length} bytes`);
    return;
  }
  const [committed, told] = await Promise.all([
    readFile(join(folder, 'guardrails.wasm')),
    readFile(join(folder, 'guardrails.json'), 'utf8'),
  ]);
  if (!committed.equals(wasm) || told !== text)
    throw new Error(
      'infra/policies/guardrails.wasm is not what guardrails.rego gives; run `npm run policies`',
    );
  console.log('guardrails.wasm is what guardrails.rego gives, byte for byte');
}

function options() {
  try {
    return parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`policies: ${error.message}`);
    process.exit(2);
  }
}

const chosen = options();
if (chosen.help) process.stdout.write(HELP);
else
  await main(chosen).catch((error) => {
    console.error(`policies: ${error.stderr?.trim() || error.message}`);
    process.exitCode = 1;
  });
