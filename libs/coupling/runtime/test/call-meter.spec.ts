import type { Layout, Placement } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import {
  createCoupling,
  defineContract,
  implement,
  nopAudit,
  operation,
  type AuditSink,
  type CallFrame,
  type HostIdentity,
} from '../src/index.ts';

const Nothing = Type.Object({});
const contract = defineContract('echo', {
  say: operation({ kind: 'read', input: Nothing, output: Nothing, errors: [], deadlineMs: 1_000 }),
});
const layout = (placement: Placement): Layout => ({
  placements: { echo: placement },
  instances: { bundle: 1, echo: 1 },
  canary: {},
  configVersion: 1,
});
const BUNDLE: HostIdentity = { instance: 'shop-0', nonce: 'a'.repeat(16), kind: 'bundle', modules: ['echo'] };
const SERVICE: HostIdentity = {
  instance: 'echo-0',
  nonce: 'b'.repeat(16),
  kind: 'service',
  modules: ['echo'],
};

function hostOf(host: HostIdentity, placement: Placement, audit: AuditSink = nopAudit) {
  const runtime = createCoupling({ host, audit });
  runtime.register(implement(contract, { say: () => Promise.resolve({}) }));
  runtime.install({ epoch: 1, layout: layout(placement) });
  runtime.setCurrent(1);
  return runtime;
}

const audit: AuditSink = { admit: () => {}, call: () => {}, serve: () => {} };

test.each([
  ['off', nopAudit],
  ['on', audit],
])('M1, M2: every call counts at its caller, sampled ones are timed; auditing %s', async (_state, sink) => {
  const runtime = hostOf(BUNDLE, 'bundle', sink);
  const own = runtime.client(contract);
  const cart = runtime.client(contract, 'cart');
  const again = runtime.client(contract, 'cart');
  for (let root = 0; root < 128; root += 1) {
    const admission = await runtime.admit({ label: 'test' });
    await own.say({}, admission.call);
    await cart.say({}, admission.call);
    await again.say({}, admission.call);
    admission.end();
  }
  const [edge, other, ...more] = runtime.meter.edges();
  expect(more).toEqual([]);
  expect(edge).toMatchObject({ caller: 'edge', module: 'echo', operation: 'say', local: { calls: 128 } });
  expect(other).toMatchObject({ caller: 'cart', local: { calls: 256 }, remote: { calls: 0, timed: 0 } });
  expect(edge?.local.timed).toBeGreaterThanOrEqual(2);
  expect(other?.local.timed).toBe(2 * (edge?.local.timed ?? 0));
  expect(edge?.local.timedMs).toBeGreaterThan(0);
  await runtime.close();
});

test('M1: a call that leaves the process counts as remote, whatever becomes of it', async () => {
  const runtime = hostOf({ ...BUNDLE, modules: [] }, 'service');
  const { call } = await runtime.admit({ label: 'test' });
  await runtime
    .client(contract)
    .say({}, call)
    .catch(() => undefined);
  expect(runtime.meter.edges()).toMatchObject([{ local: { calls: 0 }, remote: { calls: 1 } }]);
  await runtime.close();
});

test('calls of other hosts count where they are served, those of sampled roots are timed', async () => {
  const runtime = hostOf(SERVICE, 'service');
  const frame = (traceparent: string): CallFrame => ({
    ...{ module: 'echo', operation: 'say', input: {}, rootId: 'aaaaaaaa00000001', epoch: 1 },
    ...{ deadlineAt: Date.now() + 60_000, traceparent, key: undefined },
  });
  const serve = (traceparent: string) => new Promise((resolve) => runtime.serve(frame(traceparent), resolve));
  await serve('');
  await serve('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  expect(runtime.meter.served()).toMatchObject([{ module: 'echo', operation: 'say', calls: 2, timed: 1 }]);
  await runtime.close();
});
