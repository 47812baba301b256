/** `rpc`: the contract that both ends of ATLAS's transport hold, and who they are to each other. */
import { defineContract, operation, type Endpoint } from '@atlas/coupling-runtime';
import type { Layout } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';

export const benchContract = defineContract('catalog', {
  reserve: operation({
    kind: 'read',
    input: Type.Object(
      { cartId: Type.String(), productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) },
      { additionalProperties: false },
    ),
    output: Type.Object({
      id: Type.String(),
      name: Type.String(),
      priceCents: Type.Integer(),
      currency: Type.String(),
      stock: Type.Integer(),
    }),
    errors: ['out_of_stock'],
    deadlineMs: 3_000,
  }),
});

export const TOKEN = 'bench-token';
export const LAYOUT: Layout = {
  placements: { catalog: 'service' },
  instances: { bundle: 1, catalog: 1 },
  canary: {},
  configVersion: 1,
};

const build = { build: 'bench', contractHash: 'bench' };
export const BUNDLE = {
  host: { instance: 'shop-0', nonce: 'be9c4000be9c4000', kind: 'bundle', modules: [] as string[] },
  identity: { instance: 'shop-0', nonce: 'be9c4000be9c4000', ...build },
} as const;
export const SERVICE = {
  host: { instance: 'catalog-0', nonce: 'be9c5e00be9c5e00', kind: 'service', modules: ['catalog'] },
  identity: { instance: 'catalog-0', nonce: 'be9c5e00be9c5e00', ...build },
} as const;

export const serviceAt = (port: number): Endpoint => ({
  ...SERVICE.host,
  rpc: `127.0.0.1:${port}`,
  health: 'ready',
});
