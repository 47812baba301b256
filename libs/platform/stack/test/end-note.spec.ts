import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaveEndNote, readEndNote } from '../src/index.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'atlas-end-note-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const note = { nonce: 'n1', code: null, signal: 'SIGKILL', asked: false };

test('a note is read as it was left, by its own nonce only', async () => {
  expect(await readEndNote(home, 'cart-0', 'n1')).toBeUndefined();
  await leaveEndNote(home, 'cart-0', note);
  expect(await readEndNote(home, 'cart-0', 'n1')).toEqual(note);
  expect(await readEndNote(home, 'cart-0', 'n2')).toBeUndefined();
  expect(await readEndNote(home, 'shop-0', 'n1')).toBeUndefined();
});

test('the newest takes the place of the one before', async () => {
  const newer = { nonce: 'n2', code: 0, signal: null, asked: true };
  await leaveEndNote(home, 'cart-0', note);
  await leaveEndNote(home, 'cart-0', newer);
  expect(await readEndNote(home, 'cart-0', 'n1')).toBeUndefined();
  expect(await readEndNote(home, 'cart-0', 'n2')).toEqual(newer);
});

test('what is no note says nothing', async () => {
  await leaveEndNote(home, 'cart-0', note);
  for (const text of ['', '{"nonce":"n1"}', '[]']) {
    await writeFile(join(home, 'serve/ends/cart-0.json'), text);
    expect(await readEndNote(home, 'cart-0', 'n1')).toBeUndefined();
  }
});
