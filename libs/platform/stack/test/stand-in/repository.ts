import { chmod, cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;

const MANIFEST = { bundle: 'kiosk', modules: ['papers'], hybrid: [], acquirer: ['papers'], seedProducts: 1 };

/** A repository whose apps are small stand-ins, with a shop that has one module called otherwise than ours. */
export async function standInRepository(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'atlas-stack-'));
  await chmod(root, 0o755);
  const app = async (name: string, file: string, as = 'main.js'): Promise<void> => {
    await mkdir(join(root, 'dist', name), { recursive: true });
    if (file.endsWith('.ts')) await symlink(join(here, file), join(root, 'dist', name, as));
    else {
      await cp(join(here, file), join(root, 'dist', name, as));
      await cp(join(here, 'lifeline.mjs'), join(root, 'dist', name, 'lifeline.mjs'));
    }
  };
  await mkdir(join(root, 'apps/shop'), { recursive: true });
  await writeFile(join(root, 'apps/shop/manifest.json'), JSON.stringify(MANIFEST));
  await app('kiosk', 'host.mjs');
  await app('acquirer', 'acquirer.mjs');
  await app('switcher', 'switcher.ts');
  await writeFile(join(root, 'dist/package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'dist/build.json'), '{ "build": "stand-in" }');
  await writeFile(join(root, 'dist/kiosk/migrate.js'), '');
  return root;
}
