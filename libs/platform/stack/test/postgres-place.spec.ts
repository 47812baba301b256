/** As root, in a home that nobody else may walk into: Postgres gets a folder outside. The file system is a made-up one. */
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { binariesIn } from '../src/postgres-binaries.ts';
import { placePostgres } from '../src/postgres-place.ts';

interface Found {
  readonly uid: number;
  readonly mode: number;
  readonly link?: boolean;
}

/** What is there, by path. */
const there = vi.hoisted(() => new Map<string, Found>());
vi.mock('node:fs/promises', async (original) => {
  const look = async (path: string): Promise<Found> => {
    const found = there.get(path);
    if (!found) throw new Error(`there is no ${path}`);
    return found;
  };
  return {
    ...(await original<object>()),
    stat: async (path: string) => ({ ...(await look(path)), isDirectory: () => true }),
    lstat: async (path: string) => {
      const found = await look(path);
      return { ...found, isDirectory: () => found.link !== true };
    },
    readFile: look,
    writeFile: async () => undefined,
    mkdir: async (path: string, { mode }: { mode: number }) => {
      if (!there.has(path)) there.set(path, { uid: 0, mode });
    },
  };
});

beforeEach(() => {
  there.clear();
  there.set('/root', { uid: 0, mode: 0o700 });
  there.set('/var/tmp', { uid: 0, mode: 0o1777 });
  vi.spyOn(process, 'getuid').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

/** Resolves to the folder outside. */
const outside = async (): Promise<string> =>
  dirname((await placePostgres('/root/atlas/postgres', binariesIn('/opt/postgres', '18.4.0'))).dataDir);

test('Postgres is placed in a folder that root has made, and there again', async () => {
  const folder = await outside();
  expect(folder).toMatch(/^\/var\/tmp\/atlas-postgres-[0-9a-f]{12}$/);
  expect(await outside()).toBe(folder);
});

test.each<[string, Partial<Found>]>([
  ['belongs to somebody else', { uid: 1_000 }],
  ['lets its group write', { mode: 0o775 }],
  ['lets anybody write', { mode: 0o757 }],
  ['is a link', { link: true }],
])('a folder of that name is not taken when it %s', async (_what, strange) => {
  const folder = await outside();
  there.set(folder, { uid: 0, mode: 0o755, ...strange });
  await expect(outside()).rejects.toThrow('set ATLAS_HOME to a folder outside /root');
});
