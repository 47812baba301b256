import type * as Runtime from '@atlas/coupling-runtime';
import { HOST_SETTINGS, loadConfig } from '@atlas/platform-config';
import { createLogger } from '@atlas/platform-telemetry';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { linkHost, type HostLink } from '../src/host-link.ts';

// The runtime itself makes a dead letter only of work that met two crashes.
const given = vi.hoisted((): { options?: Runtime.RuntimeOptions } => ({}));
vi.mock('@atlas/coupling-runtime', async (original) => {
  const real = await original<typeof Runtime>();
  const createCoupling: typeof real.createCoupling = (options) => {
    given.options = options;
    return real.createCoupling(options);
  };
  return { ...real, createCoupling };
});

const config = loadConfig(HOST_SETTINGS, {
  ATLAS_HOME: '/srv/atlas',
  ATLAS_INSTANCE: 'cart-0',
  ATLAS_NONCE: '0123456789abcdef',
  ATLAS_BUILD: 'test',
  ATLAS_STORE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  ATLAS_RPC_TOKEN: 'a token of sixteen',
});

let link: HostLink;
let logged: string[];
beforeEach(() => {
  logged = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const logger = createLogger({ instance: 'cart-0', level: 'info', destination });
  link = linkHost({ kind: 'service', modules: ['cart'], contracts: [] }, config, logger, () => undefined);
});
afterEach(() => link.close());

const input = { cartId: 'c1', payment: { token: 'tok_ok' }, address: { line1: 'Main St 1' } };

it('logs where an operation failed, and nothing of what it was given', () => {
  const site = { module: 'cart', operation: 'checkout', rootId: 'root-1' };
  const frame = { ...site, input, key: 'key-1', epoch: 1, deadlineAt: 0, traceparent: '' };
  given.options?.onDefect?.(new Error('a defect'), frame);

  expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
    { ...site, err: { message: 'a defect' }, msg: 'an operation failed without a code' },
  ]);
  for (const secret of ['tok_ok', 'Main St 1', 'key-1']) expect(logged.join('')).not.toContain(secret);
});

it('keeps neither card nor address with a dead letter, and logs nothing of its input', () => {
  const kept = vi.spyOn(link.store, 'recordDeadLetter').mockResolvedValue(undefined);
  const work = { module: 'cart', operation: 'checkout', rootId: 'root-1', key: 'key-1' };
  given.options?.onDeadLetter?.({ ...work, epoch: 1, input });

  const hidden = { cartId: 'c1', payment: { token: '[hidden]' }, address: '[hidden]' };
  expect(kept.mock.calls).toEqual([[{ ...work, input: hidden }]]);
  expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([{ ...work, msg: 'dead letter' }]);
  for (const secret of ['tok_ok', 'Main St 1']) expect(logged.join('')).not.toContain(secret);
});
