/** Who may ask what of the control API. */
import { brainTokenOf } from '@atlas/control-api/operator';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../src/api/routes.ts';
import { ApiScene, TOKEN } from './api-scene.ts';

const at = new ApiScene();
const ask: ApiScene['ask'] = (...asked) => at.ask(...asked);

it.each([
  [{ authorization: '' }],
  [{ authorization: 'Bearer wrong' }],
  [{ authorization: `Basic ${TOKEN}` }],
  [{ authorization: `Bearer ${TOKEN}x` }],
])('answers 401 to %o on every address', async (headers) => {
  for (const [method, path] of [
    ['GET', '/v1/status'],
    ['POST', '/v1/switches'],
    ['GET', '/v1/events'],
    ['GET', '/v1/openapi.json'],
    ['GET', '/nowhere'],
  ] as const) {
    const told = await ask(method, path, undefined, headers);
    expect(told).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(told.headers.get('content-type')).toContain('application/problem+json');
  }
});

describe("the brain's token", () => {
  const brain = { authorization: `Bearer ${brainTokenOf(TOKEN)}` };
  const proposal = { placements: { cart: 'service' }, source: 'brain', basedOnEpoch: 1 };

  it('reads the status, proposes for the brain or in an emergency, and pre-warms', async () => {
    await ask('POST', '/v1/autonomy', { level: 4 });
    expect(await ask('GET', '/v1/status', undefined, brain)).toMatchObject({ status: 200 });
    expect(await ask('POST', '/v1/switches', { ...proposal, dryRun: true }, brain)).toMatchObject({
      status: 200,
      body: { dryRun: true },
    });
    expect(await ask('POST', '/v1/warm', { placements: { cart: 'service' } }, brain)).toMatchObject({
      status: 200,
    });
    const emergency = { ...proposal, source: 'emergency' };
    expect(await ask('POST', '/v1/switches', emergency, brain)).toMatchObject({ status: 202 });
  });

  it('is refused everything else, with a sentence', async () => {
    const mine = ['get /v1/status', 'post /v1/switches', 'post /v1/warm'];
    const others = ROUTES.filter(({ method, path }) => !mine.includes(`${method} ${path}`));
    expect(others).toHaveLength(ROUTES.length - mine.length);
    for (const { method, path } of [...others, { method: 'get', path: '/v1/nothing' }]) {
      const told = await ask(method.toUpperCase(), path.replace('{id}', 'x'), undefined, brain);
      expect([path, told.status, told.body.code]).toEqual([path, 403, 'forbidden']);
      expect(told.body.detail).toMatch(/^the brain's token reads the status, proposes and pre-warms/);
    }
  });

  it.each([undefined, 'operator', null, ['brain']])('does not propose as %j', async (source) => {
    for (const body of [
      { ...proposal, source },
      { mode: 'loose', dryRun: true, source },
    ])
      expect(await ask('POST', '/v1/switches', body, brain)).toMatchObject({
        status: 403,
        body: {
          code: 'forbidden',
          detail: expect.stringContaining('"brain" or "emergency" only') as string,
        },
      });
    expect(await ask('POST', '/v1/switches', 'null', brain)).toMatchObject({ status: 403 });
    expect(await ask('GET', '/v1/layout')).toMatchObject({ body: { epoch: 1 } });
  });

  it("is not the operator's, and tells nothing of it", async () => {
    expect(brainTokenOf(TOKEN)).not.toContain(TOKEN);
    expect(brainTokenOf(TOKEN)).not.toBe(brainTokenOf(`${TOKEN}x`));
  });
});
