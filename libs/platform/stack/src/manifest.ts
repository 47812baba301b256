/** What the shop is made of, as its app tells it in `manifest.json`: nothing else here knows module names. */
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StackError } from './stack-error.ts';

const Name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' });

export const Manifest = Type.Object(
  {
    /** App of the bundle; it also brings `migrate.js`. */
    bundle: Name,
    /** Modules; each has an app of the same name that serves it alone. */
    modules: Type.Array(Name, { minItems: 1, uniqueItems: true }),
    /** What the layout word `hybrid` alone extracts. */
    hybrid: Type.Array(Name, { uniqueItems: true }),
    /** Modules that talk to the bank, and so get its address and token. */
    acquirer: Type.Array(Name, { uniqueItems: true }),
    /** App whose processes can become any module's service; absent: there are no spares. */
    spare: Type.Optional(Name),
    /** Products that a new catalogue gets. */
    seedProducts: Type.Integer({ minimum: 0, maximum: 100_000 }),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;

const MANIFEST = 'apps/shop/manifest.json';

/** The repository that this code is part of, in source or bundled form. */
export function repositoryRoot(from = import.meta.dirname): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST))) return folder;
  }
  throw new StackError(`${MANIFEST} is missing: this is not a whole checkout`);
}

/** @throws StackError naming the field at fault. */
export function checkManifest(value: unknown): Manifest {
  const [problem] = Value.Errors(Manifest, value);
  if (problem) throw new StackError(`${MANIFEST}: ${problem.path} ${problem.message}`);
  const manifest = value as Manifest;
  for (const key of ['hybrid', 'acquirer'] as const) {
    const unknown = manifest[key].find((module) => !manifest.modules.includes(module));
    if (unknown !== undefined) throw new StackError(`${MANIFEST}: /${key}: no module "${unknown}"`);
  }
  return manifest;
}

export async function readManifest(root: string): Promise<Manifest> {
  return checkManifest(JSON.parse(await readFile(join(root, MANIFEST), 'utf8')));
}
