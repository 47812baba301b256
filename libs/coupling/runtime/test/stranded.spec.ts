import type { Layout } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCoupling,
  defineContract,
  implement,
  operation,
  steadyNow,
  type CouplingRuntime,
  type Endpoint,
  type Reply,
} from '../src/index.ts';
import { ScriptedConnector } from './scripted-connector.ts';

const Text = Type.Object({ text: Type.String() });
const say = operation({ kind: 'read', input: Text, output: Text, errors: [], deadlineMs: 5_000 });
const stock = defineContract('stock', { say, soon: { ...say, deadlineMs: 60 } });
const order = defineContract('order', { say, soon: say });
const layout: Layout = {
  placements: { order: 'service', stock: 'bundle' },
  instances: { bundle: 2, order: 1 },
  canary: {},
  configVersion: 1,
};
const bundle = (nonce: string): Endpoint => ({
  instance: `shop-${nonce}`,
  nonce,
  kind: 'bundle',
  modules: ['order', 'stock'],
  rpc: '',
  health: 'ready',
});
const service: Endpoint = { ...bundle('p1'), instance: 'pay-0', kind: 'service', modules: ['pay'] };

let connector: ScriptedConnector;
let runtime: CouplingRuntime;
/** Calls of `stock` that the service has made. */
let asked = 0;

/** A call of the service's module, which calls `stock` in its turn. */
const ask = (operation: 'say' | 'soon'): Promise<Reply> =>
  new Promise((resolve) => {
    const about = { module: 'order', operation, input: { text: 'x' }, rootId: 'ab'.repeat(8), epoch: 1 };
    runtime.serve({ ...about, deadlineAt: steadyNow() + 5_000, traceparent: '', key: undefined }, resolve);
  });

/** Neither bundle turns out to be reachable. */
function cutOff(): void {
  for (const nonce of ['b1', 'b2']) connector.setState(nonce, 'down');
  for (const count of [1, 2]) {
    expect(connector.sent).toHaveLength(count);
    connector.last().outcome.refused('not_sent', 'cannot be reached');
  }
}

beforeEach(() => {
  asked = 0;
  connector = new ScriptedConnector();
  const host = { instance: 'order-0', nonce: '12'.repeat(8), kind: 'service', modules: ['order'] } as const;
  runtime = createCoupling({ host, connector });
  const client = runtime.client(stock);
  runtime.register(
    implement(order, {
      say: (input, call) => {
        const answer = client.say(input, call);
        asked += 1;
        return answer;
      },
      soon: (input, call) => client.soon(input, call),
    }),
  );
  runtime.install({ epoch: 1, layout });
  runtime.setEndpoints([bundle('b1'), bundle('b2'), service]);
});
afterEach(() => runtime.close());

describe('a call of a service that can reach nobody (C5)', () => {
  it('waits, and goes to the first that can be reached again', async () => {
    const reply = ask('say');
    await expect.poll(() => connector.sent).toHaveLength(1);
    cutOff();
    connector.setState('p1', 'ready'); // which has not got the module
    expect(connector.sent).toHaveLength(2);
    connector.setState('b2', 'ready');
    expect(connector.sent.map(({ to }) => to).slice(2)).toEqual(['b2']);
    connector.last().outcome.answered({ text: 'there' });
    expect(await reply).toEqual({ kind: 'answer', output: { text: 'there' } });
  });

  it('goes to one that can be reached again since, while another was still tried', async () => {
    const reply = ask('say');
    await expect.poll(() => connector.sent).toHaveLength(1);
    for (const nonce of ['b1', 'b2']) connector.setState(nonce, 'down');
    const first = connector.last();
    first.outcome.refused('not_sent', 'cannot be reached');
    expect(connector.sent).toHaveLength(2);
    connector.setState(first.to, 'ready');
    connector.last().outcome.refused('not_sent', 'cannot be reached');
    expect(connector.sent.map(({ to }) => to).slice(2)).toEqual([first.to]);
    connector.last().outcome.answered({ text: 'there' });
    expect(await reply).toMatchObject({ kind: 'answer' });
  });

  it('goes to one that was not there before', async () => {
    const reply = ask('say');
    await expect.poll(() => connector.sent).toHaveLength(1);
    cutOff();
    runtime.setEndpoints([bundle('b1'), bundle('b2'), bundle('b3')]);
    connector.setState('b3', 'ready');
    expect(connector.last().to).toBe('b3');
    connector.last().outcome.answered({ text: 'there' });
    expect(await reply).toMatchObject({ kind: 'answer' });
  });

  it('says at its deadline that nobody could be reached, and is sent no more', async () => {
    const reply = ask('soon');
    await expect.poll(() => connector.sent).toHaveLength(1);
    cutOff();
    expect(await reply).toMatchObject({ kind: 'failure', error: { code: 'unavailable' } });
    connector.setState('b1', 'ready');
    expect(connector.sent).toHaveLength(2);
  });

  it('goes to one that is listed in the place of those that are gone for good', async () => {
    const reply = ask('say');
    await expect.poll(() => connector.sent).toHaveLength(1);
    connector.setState('b1', 'gone');
    connector.setState('b2', 'gone');
    connector.last().outcome.refused('not_sent', 'is gone');
    expect(connector.sent).toHaveLength(1);
    runtime.setEndpoints([bundle('b3')]);
    expect(connector.last().to).toBe('b3');
    connector.last().outcome.answered({ text: 'there' });
    expect(await reply).toMatchObject({ kind: 'answer' });
  });

  it('goes to the first that is listed, when nobody was', async () => {
    runtime.setEndpoints([service]);
    const reply = ask('say');
    await expect.poll(() => asked).toBe(1);
    runtime.setEndpoints([service, bundle('b1')]);
    expect(connector.last().to).toBe('b1');
    connector.last().outcome.answered({ text: 'there' });
    expect(await reply).toEqual({ kind: 'answer', output: { text: 'there' } });
  });
});
