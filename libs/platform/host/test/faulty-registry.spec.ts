import type { Call, ModuleImplementation, ModuleRegistry } from '@atlas/coupling-runtime';
import { armFaults } from '@atlas/platform-fault';
import { afterEach, describe, expect, it } from 'vitest';
import { faultyRegistry } from '../src/faulty-registry.ts';

type Handlers = ModuleImplementation['handlers'];

const CALL = {} as Call;
const HANDLERS: Handlers = { getOrder: async () => 'order', getCart: async () => 'cart' };

afterEach(() => armFaults(undefined, 'cart-0'));

/** The handlers of `cart` as they reach the registry behind. */
function registered(): Handlers {
  let seen: Handlers = {};
  const registry = {
    register: ({ handlers }: ModuleImplementation) => void (seen = handlers),
  } as ModuleRegistry;
  const contract = { module: 'cart' } as ModuleImplementation['contract'];
  faultyRegistry(registry).register({ contract, handlers: HANDLERS });
  return seen;
}

const called = (name: string): unknown => registered()[name]?.({} as never, CALL);

describe('a registry with faults', () => {
  it('hands handlers on as they are when none is armed', () => {
    expect(registered()).toBe(HANDLERS);
  });

  it('breaks one operation at every call, and no other', async () => {
    armFaults('serve.cart.getOrder@cart-*=break', 'cart-0');
    for (const _ of [1, 2, 3]) await expect(called('getOrder')).rejects.toThrow('serve.cart.getOrder: break');
    expect(await called('getCart')).toBe('cart');
  });

  it('spares hosts that the rule does not name', async () => {
    armFaults('serve.cart.*@cart-*=break', 'shop-0');
    expect(await called('getOrder')).toBe('order');
  });
});
