import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createCoupling, defineContract, implement, steadyNow, type Endpoint } from '../src/index.ts';
import { contract, instance, layout } from './echo-scene.ts';
import { ScriptedConnector } from './scripted-connector.ts';

let connector: ScriptedConnector;
beforeEach(() => {
  connector = new ScriptedConnector();
});

const AT_ONCE = { interval: 1 };
const failure = (code: string): unknown =>
  expect.objectContaining({ kind: 'failure', error: expect.objectContaining({ code }) as unknown });

/** A service that does nothing but call `echo.say`, which is at `echo`. It has no roots of its own. */
function startRelay(place: 'bundle' | 'service', echo: Endpoint) {
  const service = createCoupling({
    host: { instance: 'other-0', nonce: 'cd'.repeat(8), kind: 'service', modules: ['relay'] },
    connector,
  });
  const client = service.client(contract);
  const relay = defineContract('relay', { pass: contract.operations.say });
  service.register(implement(relay, { pass: (input, inside) => client.say(input, inside) }));
  service.install({ epoch: 1, layout: { ...layout, placements: { echo: place, relay: 'service' } } });
  service.setEndpoints([echo]);
  const serve = (rootId: string) => {
    const respond = vi.fn();
    const frame = { module: 'relay', operation: 'pass', input: { text: 'x' }, rootId, epoch: 1 };
    const more = { deadlineAt: steadyNow() + 1_000, traceparent: '', key: undefined };
    const served = service.serve({ ...frame, ...more }, respond);
    const answered = () => vi.waitUntil(() => respond.mock.calls.length > 0, AT_ONCE);
    return { cancel: () => served.cancel(), respond, answered };
  };
  return { serve, list: (now: Endpoint) => service.setEndpoints([now]), close: () => service.close() };
}

describe('a call that a service makes for a root of another host', () => {
  it('is cancelled with the call that it serves', async () => {
    const relay = startRelay('service', instance('n9'));
    const { cancel, respond, answered } = relay.serve('ab'.repeat(8));
    cancel();
    await answered();
    expect(connector.last().cancelled).toBe(true);
    expect(respond).toHaveBeenCalledExactlyOnceWith(failure('cancelled'));
    await relay.close();
  });

  it.each(['starting', 'reserve', 'leaving'] as const)(
    'goes to a bundle that is said to be %s for the roots that it admitted (D3); others wait until it is ready',
    async (health) => {
      const bundle = { ...instance('ef'.repeat(8), health), instance: 'shop-1', kind: 'bundle' } as const;
      const relay = startRelay('bundle', bundle);
      const other = `${'12'.repeat(4)}00000001`;
      const own = `${'ef'.repeat(4)}00000002`;
      relay.serve(other);
      relay.serve(own);
      await vi.waitUntil(() => connector.sent.length > 0, AT_ONCE);
      expect(connector.sent.map(({ to, frame }) => [to, frame.rootId])).toEqual([[bundle.nonce, own]]);
      relay.list({ ...bundle, health: 'ready' });
      expect(connector.last()).toMatchObject({ to: bundle.nonce, frame: { rootId: other } });
      await relay.close();
    },
  );
});
