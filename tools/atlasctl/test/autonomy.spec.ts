import { expect, it } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { AUTONOMY, PROPOSAL, STATUS, SWITCH } from './documents.ts';
import { eachTestHasScene, problem } from './scene.ts';

const { answers, asked, ctl } = eachTestHasScene();

it('shows the level with what holds it, and sets it', async () => {
  answers['GET /v1/status'] = () => ({ body: { ...STATUS, autonomy: AUTONOMY } });
  answers['POST /v1/autonomy'] = () => ({ body: STATUS.autonomy });
  const words = /^autonomy: level 4 \(full\) · 1 \(alert\) until [\d:]+, after an operator's switch · frozen/;
  expect((await ctl('level')).out).toMatch(words);
  expect((await ctl('level', '4')).out).toBe('autonomy: level 4 (full)');
  expect(asked.at(-1)).toMatchObject({ path: '/v1/autonomy', body: { level: 4 } });
  expect(JSON.parse((await ctl('level', '--json')).out)).toEqual(AUTONOMY);
});

it('stands in the status, with what is kept warm', async () => {
  const prewarm = { target: PROPOSAL.target, until: '2026-11-25T12:00:00.000Z' };
  answers['GET /v1/status'] = () => ({ body: { ...STATUS, autonomy: AUTONOMY, prewarm } });
  const { out } = await ctl('status');
  expect(out).toMatch(/frozen since [\d:]+: stocktaking/);
  expect(out).toMatch(/kept warm until [\d:]+: hybrid: 2 bundles, cart×3/);
});

it('freezes with a reason, and unfreezes', async () => {
  answers['POST /v1/freeze'] = () => ({ body: AUTONOMY });
  answers['POST /v1/unfreeze'] = () => ({ body: STATUS.autonomy });
  expect(await ctl('freeze', '--reason', 'stocktaking')).toMatchObject({ code: EXIT.done });
  expect(asked.at(-1)?.body).toEqual({ reason: 'stocktaking' });
  expect((await ctl('unfreeze')).out).toBe('autonomy: level 4 (full)');
});

it('lists proposals, approves and rejects them', async () => {
  answers['GET /v1/proposals'] = () => ({ body: { items: [PROPOSAL] } });
  answers['POST /v1/proposals/sw-9/approve'] = () => ({ status: 202, body: SWITCH });
  answers['POST /v1/proposals/sw-9/reject'] = () => ({ body: { ...PROPOSAL, state: 'rejected' } });
  expect((await ctl('proposals')).out).toMatch(/sw-9 +brain +4 +hybrid: 2 bundles, cart×3 +waiting/);
  expect(JSON.parse((await ctl('proposals', '--json')).out)).toEqual([PROPOSAL]);
  expect((await ctl('approve', 'sw-9')).out).toMatch(/^sw-1 tight → hybrid: planned/);
  expect((await ctl('reject', 'sw-9')).out).toMatch(/^sw-9 brain → .*: rejected — a surge comes/);
  answers['GET /v1/proposals'] = () => ({ body: { items: [] } });
  expect((await ctl('proposals')).out).toBe('nothing waits');
});

it.each([
  ['held_by_freeze', EXIT.refused],
  ['held_by_level', EXIT.refused],
  ['already_ended', EXIT.refused],
  ['stale', EXIT.busy],
  ['proposal_not_found', EXIT.error],
])('turns %s into its exit code, in one line', async (code, exit) => {
  answers['POST /v1/proposals/sw-9/approve'] = problem(409, code);
  const told = await ctl('approve', 'sw-9');
  expect(told).toMatchObject({ code: exit, out: '', err: `atlasctl: it is ${code} (${code})` });
});
