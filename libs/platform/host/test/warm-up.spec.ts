import {
  defineContract,
  nopConnector,
  operation,
  PLATFORM_CODES,
  type AuditSink,
  type Endpoint,
} from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { expect, it } from 'vitest';
import { warmUp } from '../src/warm-up.ts';

const contract = defineContract('parcel', {
  list: operation({
    kind: 'read',
    input: Type.Object({}, { additionalProperties: false }),
    output: Type.Object({}),
    errors: [],
    deadlineMs: 1_000,
  }),
});

const self: Endpoint = {
  ...{ instance: 'parcel-0', nonce: '0123456789abcdef', kind: 'service', modules: ['parcel'] },
  ...{ rpc: '127.0.0.1:1', health: 'starting' },
};

it('says of a warm-up call that nobody took what the platform says, so that the auditor looks for no answer', async () => {
  const outcomes = new Set<string>();
  const audit: AuditSink = {
    admit: () => {},
    call: ({ outcome }) => outcomes.add(outcome),
    serve: () => {},
  };
  await warmUp({ connector: nopConnector, self, epoch: 1, contracts: [contract], audit });
  expect([...outcomes]).toEqual(['unavailable']);
  expect(PLATFORM_CODES).toContain('unavailable');
});
