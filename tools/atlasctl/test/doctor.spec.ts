import { chmod, writeFile } from 'node:fs/promises';
import { auditHash, GENESIS_HASH } from '@atlas/control-store';
import { runFilePath, updateRunFile } from '@atlas/platform-stack';
import { expect, it } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { STATUS } from './documents.ts';
import { eachTestHasScene } from './scene.ts';

const { at, answers, ctl } = eachTestHasScene();

const [SHOP] = STATUS.hosts;
const CART = { ...SHOP, app: 'cart', instance: 'cart-0' };
const SOUND = {
  ...STATUS,
  layout: { ...STATUS.layout, instances: { bundle: 1, cart: 1 } },
  hosts: [{ ...SHOP, app: 'shop' }, CART],
};

it('finds what is wrong', async () => {
  const link = { at: 5, body: { event: 'proposed' }, prevHash: GENESIS_HASH };
  const entry = { seq: 1, ...link, hash: auditHash(link) };
  answers['GET /v1/status'] = () => ({ body: SOUND });
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

it('finds hosts that the layout names and that are not ready, and those that are silent', async () => {
  const hosts = [
    SOUND.hosts[0],
    { ...CART, health: 'starting' },
    { ...SHOP, instance: 'shop-1', health: 'silent' },
  ];
  answers['GET /v1/status'] = () => ({ body: { ...SOUND, hosts } });
  expect((await ctl('doctor')).out).toMatch(/✗ +hosts +cart: 0 of 1 ready; shop-1 is silent/);
});

it('says what of a start is not there yet, and that a run file cannot be read', async () => {
  await updateRunFile(at.home, (run) => ({ ...run, controlUrl: '', brainUrl: 'http://127.0.0.1:1' }));
  const { out } = await ctl('doctor');
  expect(out).toMatch(/✗ +port control +nobody has named it yet/);
  expect(out).toMatch(/✗ +port brain +127\.0\.0\.1:1 does not answer/);
  expect((await ctl('status')).err).toMatch(/no switcher runs in .* yet/);
  await writeFile(runFilePath(at.home), '{}');
  expect((await ctl('doctor')).out).toMatch(/✗ +run\.json +.* is not a run file of this version/);
});
