import { rm } from 'node:fs/promises';
import { runFilePath, updateRunFile } from '@atlas/platform-stack';
import { expect, it } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { STATUS } from './documents.ts';
import { eachTestHasScene, problem } from './scene.ts';

const { at, answers, asked, ctl } = eachTestHasScene();

it('says in one line that nothing runs', async () => {
  await rm(runFilePath(at.home));
  const told = await ctl('status');
  expect(told).toMatchObject({ code: EXIT.error, out: '' });
  expect(told.err).toMatch(/^atlasctl: nothing runs in .*npm start`$/);
});

it('says in one line that the switcher is gone, though the run file is still there', async () => {
  await updateRunFile(at.home, (document) => ({ ...document, controlUrl: 'http://127.0.0.1:9' }));
  const told = await ctl('status');
  expect(told.code).toBe(EXIT.error);
  expect(told.err).toMatch(/^atlasctl: the switcher at .* cannot be reached/);
  expect(told.err.split('\n')).toHaveLength(1);
});

it('says in one line that an answer broke off', async () => {
  answers['GET /v1/status'] = (response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"mode":', () => response.destroy());
    return undefined;
  };
  const told = await ctl('status');
  expect(told).toMatchObject({ code: EXIT.error, out: '' });
  expect(told.err).toMatch(
    /^atlasctl: the switcher broke its answer off \(.*\); `atlasctl status` tells what holds$/,
  );
});

it('shows the status in words and as JSON', async () => {
  answers['GET /v1/status'] = () => ({ body: STATUS });
  const words = await ctl('status');
  expect(words.out).toContain('hybrid (epoch 4) · 2 bundles · services: cart×1');
  expect(words.out).toMatch(/shop-0 +12 +ready +127\.0\.0\.1:1 +3 4 +2@3 +90 MB/);
  expect(JSON.parse((await ctl('status', '--json')).out)).toEqual(STATUS);
});

it('shows with the status what the brain is at, and why an advisor of it is silent', async () => {
  answers['GET /v1/status'] = () => ({ body: STATUS });
  answers['GET /brain/v1/status'] = () => ({
    body: {
      ...{ rule: 'stay', policy: 'measured', store: { contact: true, waitingSeconds: 0 } },
      advisors: [
        { advisor: 'optimiser', advises: false, because: 'has no costs yet' },
        { advisor: 'forecast', advises: true, because: 'up to 900' },
      ],
    },
  });
  await updateRunFile(at.home, (document) => ({ ...document, brainUrl: `${at.url}/brain` }));
  expect((await ctl('status')).out).toMatch(
    /\n\nbrain: stay · policy measured\n {2}optimiser is silent: has no costs yet$/,
  );
  await updateRunFile(at.home, (document) => ({ ...document, brainUrl: 'http://127.0.0.1:9' }));
  expect(await ctl('status')).toMatchObject({
    code: EXIT.done,
    out: expect.stringMatching(/\n\nbrain: does not answer$/) as string,
  });
});

it.each([
  [['switch']],
  [['switch', 'sideways']],
  [['switch', 'tight', '--bundles', '0']],
  [['switch', 'tight', '--extract', 'cart']],
  [['switch', 'hybrid', '--extract', 'a,,b']],
  [['abort']],
  [['level', '5']],
  [['level', 'high']],
  [['approve']],
  [['reject']],
  [['freeze', 'now']],
  [['history', '--limit', 'many']],
  [['dance']],
  [['status', '--loud']],
])('refuses the wrong usage %j with 2', async (args) => {
  const told = await ctl(...args);
  expect(told.code).toBe(EXIT.usage);
  expect(told.err).toMatch(/^atlasctl: /);
  expect(asked).toEqual([]);
});

it.each([
  ['refused_by_policy', 422, EXIT.refused],
  ['switch_in_progress', 409, EXIT.busy],
  ['stale', 409, EXIT.busy],
  ['store_unavailable', 503, EXIT.error],
  ['invalid_request', 400, EXIT.usage],
])('turns %s into its exit code', async (code, status, exit) => {
  answers['POST /v1/switches'] = problem(status, code);
  const words = await ctl('switch', 'loose');
  expect(words).toMatchObject({ code: exit, out: '', err: `atlasctl: it is ${code} (${code})` });
  const json = await ctl('switch', 'loose', '--json');
  expect(json.code).toBe(exit);
  expect(JSON.parse(json.out)).toMatchObject({ error: { code } });
});
