import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSecrets, secretsPath } from '../src/secrets.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'atlas-secrets-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('secrets are drawn once, all different, and only their owner can read them', async () => {
  const first = await loadSecrets(home, ['cart', 'payment']);
  expect(await loadSecrets(home, ['payment', 'cart'])).toEqual(first);
  const { roles, ...others } = first;
  const all = [...Object.values(roles), ...Object.values(others)];
  expect(new Set(all).size).toBe(7);
  for (const secret of all) expect(secret).toMatch(/^[0-9a-f]{48}$/);
  expect((await stat(secretsPath(home))).mode & 0o777).toBe(0o600);
});

test('a new module gets a password, the others keep theirs', async () => {
  const first = await loadSecrets(home, ['cart']);
  const second = await loadSecrets(home, ['cart', 'pricing']);
  expect(second).toMatchObject({ ...first, roles: { cart: first.roles['cart'] } });
  expect(second.roles['pricing']).toMatch(/^[0-9a-f]{48}$/);
});

test('two that draw at the same time end up with the same secrets', async () => {
  const drawn = await Promise.all(Array.from({ length: 5 }, () => loadSecrets(home, ['cart'])));
  expect(new Set(drawn.map((secrets) => JSON.stringify(secrets))).size).toBe(1);
});

test('damaged secrets are never replaced, since the database keeps the old ones', async () => {
  await writeFile(secretsPath(home), '{ "adminPassword": "x" }');
  await expect(loadSecrets(home, [])).rejects.toThrow(/is damaged; restore it, or start afresh with --reset/);
  expect(await readFile(secretsPath(home), 'utf8')).toBe('{ "adminPassword": "x" }');
});
