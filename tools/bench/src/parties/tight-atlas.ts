/** `tight`: the same handlers through typed clients; every page is a root, as every request of the shop is. */
import { defineContract, implement, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { admitNow, oneBundle } from '../one-bundle.ts';
import { serveParty } from '../serve-party.ts';
import { handlers, nanosecondsPerCall, servePages, type TightQuestion } from './tight-work.ts';

const read = operation({
  kind: 'read',
  input: Type.Object({ id: Type.String() }),
  output: Type.Object({ id: Type.String(), stock: Type.Integer() }),
  errors: [],
  deadlineMs: 3_000,
});
const catalog = defineContract('catalog', { getProduct: read });
const cart = defineContract('cart', { getCart: read, getOrder: read });
const shipping = defineContract('shipping', { getShipment: read });

let timed = 0;
const coupling = oneBundle(
  [implement(catalog, handlers), implement(cart, handlers), implement(shipping, handlers)],
  { observer: { called: () => (timed += 1) } },
);
const page = {
  ...coupling.client(catalog),
  ...coupling.client(cart),
  ...coupling.client(shipping),
};

async function root(pages: number): Promise<number> {
  const { call, end } = admitNow(coupling, 'bench');
  try {
    return await servePages(page, call, pages);
  } finally {
    end();
  }
}

/** The cost of being a root: admitted, counted under its epoch, watched by the deadline's timer, ended. */
function emptyRoots(count: number): Promise<number> {
  for (let i = 0; i < count; i++) admitNow(coupling, 'bench').end();
  return Promise.resolve(count);
}

serveParty({
  measure: ({ forMs }: TightQuestion) => nanosecondsPerCall(forMs, () => root(250)),
  measureRoots: ({ forMs }: TightQuestion) => nanosecondsPerCall(forMs, () => emptyRoots(1_000)),
  measureShort: ({ forMs }: TightQuestion) => nanosecondsPerCall(forMs, () => root(2)),
  timed: () => timed,
});
