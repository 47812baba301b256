import { expect, test } from 'vitest';
import { checkManifest, readManifest, repositoryRoot } from '../src/manifest.ts';

const sound = { bundle: 'shop', modules: ['a', 'b'], hybrid: ['a'], acquirer: [], seedProducts: 10 };

test('the repository’s own manifest is sound', async () => {
  const manifest = await readManifest(repositoryRoot());
  expect(manifest.modules.length).toBeGreaterThan(0);
  expect(manifest.seedProducts).toBeGreaterThanOrEqual(500);
});

test.each([
  [{ ...sound, modules: [] }, /\/modules/],
  [{ ...sound, hybrid: ['c'] }, /\/hybrid: no module "c"/],
  [{ ...sound, acquirer: ['c'] }, /\/acquirer: no module "c"/],
  [{ ...sound, bundle: 'No Name' }, /\/bundle/],
  [{ ...sound, more: 1 }, /\/more/],
])('a manifest with a fault is refused with the place of it', (manifest, place) => {
  expect(() => checkManifest(manifest)).toThrow(place);
});
