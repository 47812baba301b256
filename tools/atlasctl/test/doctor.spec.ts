import { chmod } from 'node:fs/promises';
import { auditHash, GENESIS_HASH } from '@atlas/control-store';
import { runFilePath } from '@atlas/platform-stack';
import { expect, it } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { STATUS } from './documents.ts';
import { eachTestHasScene } from './scene.ts';

const { at, answers, ctl } = eachTestHasScene();

it('finds what is wrong', async () => {
  const link = { at: 5, body: { event: 'proposed' }, prevHash: GENESIS_HASH };
  const entry = { seq: 1, ...link, hash: auditHash(link) };
  answers['GET /v1/status'] = () => ({ body: STATUS });
  answers['GET /v1/audit?after=0&limit=500'] = () => ({ body: { items: [entry] } });
  const sound = await ctl('doctor', '--json');
  expect((JSON.parse(sound.out) as { ok: boolean }[]).filter(({ ok }) => !ok)).toEqual([]);
  expect(sound.code).toBe(EXIT.done);
  await chmod(runFilePath(at.home), 0o644);
  answers['GET /v1/audit?after=0&limit=500'] = () => ({ body: { items: [{ ...entry, at: 6 }] } });
  const ill = await ctl('doctor');
  expect(ill.code).toBe(EXIT.error);
  expect(ill.out).toMatch(/✗ +run\.json +has mode 644/);
  expect(ill.out).toMatch(/✗ +audit chain +entry 1 was changed/);
});
