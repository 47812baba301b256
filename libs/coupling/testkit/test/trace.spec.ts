import { defineContract, implement, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { createTestCoupling } from '../src/index.ts';

const contract = defineContract('echo', {
  trace: operation({
    kind: 'read',
    input: Type.Object({}),
    output: Type.String(),
    errors: [],
    deadlineMs: 5_000,
  }),
});
const echo = implement(contract, { trace: (_input, call) => Promise.resolve(call.traceparent) });
const GIVEN = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;

describe.each(['local', 'encoded', 'remote'] as const)('the trace of a root, served %s', (placement) => {
  it.each([undefined, GIVEN])('is the same for caller and callee (given: %s)', async (traceparent) => {
    const coupling = await createTestCoupling({ modules: [echo], placement }).start();
    const { call } = coupling.admit({ label: 'test', ...(traceparent === undefined ? {} : { traceparent }) });
    const seen = await coupling.client(contract).trace({}, call);
    expect(seen).toBe(call.traceparent);
    if (traceparent !== undefined) expect(seen.slice(0, 36)).toBe(traceparent.slice(0, 36));
    await coupling.close();
  });
});
