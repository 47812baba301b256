/**
 * The smallest business there is: `cart.buy` takes an order down and charges it through `payment.charge`. An effect and
 * its idempotency key are written in one step, as the real modules do in one transaction; nothing else guards it (E6).
 */
import { Type } from '@sinclair/typebox';
import { defineContract, implement, operation, type Call, type Client } from '@atlas/coupling-runtime';
import type { ModuleImplementation } from '@atlas/coupling-runtime';

const order = Type.Object({ order: Type.String() });
const spec = { input: order, output: order, errors: [], deadlineMs: 8_000 };

export const paymentContract = defineContract('payment', {
  charge: operation({ ...spec, kind: 'keyed' }),
  look: operation({ ...spec, kind: 'read' }),
});
export const cartContract = defineContract('cart', { buy: operation({ ...spec, kind: 'keyed' }) });
export const CONTRACTS = { cart: cartContract, payment: paymentContract };

/** What a broken service answers. */
export class BrokenError extends Error {}

/** The business database: survives every crash. */
export class Ledger {
  /** Order and step → how often it happened. */
  readonly effects = new Map<string, number>();
  readonly #keys = new Set<string>();

  /** The effect and its key, in one transaction. */
  apply(effect: string, key: string | undefined): void {
    const scoped = `${effect.split(':')[0]} ${key}`;
    if (this.#keys.has(scoped)) return;
    this.#keys.add(scoped);
    this.effects.set(effect, (this.effects.get(effect) ?? 0) + 1);
  }
}

export interface ShopParts {
  readonly ledger: Ledger;
  readonly payment: Client<typeof paymentContract>;
  /** @throws BrokenError when this call meets a defect: before its effect, or after it. */
  readonly mayBreak: (module: string) => void;
  /** Told when a handler begins. */
  readonly onServe: (module: string, call: Call) => void;
  /** Told of each effect. */
  readonly onEffect: (effect: string) => void;
  /** How long a piece of work takes now, ms. */
  readonly work: () => Promise<void>;
}

/** What a host loads. */
export function implementations(parts: ShopParts): Readonly<Record<string, ModuleImplementation>> {
  const { ledger, payment, mayBreak, onServe, onEffect, work } = parts;
  const effect = (name: string, key: string | undefined): void => {
    ledger.apply(name, key);
    onEffect(name);
  };
  return {
    payment: implement(paymentContract, {
      charge: async (input, call) => {
        onServe('payment', call);
        await work();
        effect(`charge:${input.order}`, call.key);
        await work();
        mayBreak('payment');
        return input;
      },
      look: async (input, call) => {
        onServe('payment', call);
        mayBreak('payment');
        await work();
        return input;
      },
    }),
    cart: implement(cartContract, {
      buy: async (input, call) => {
        onServe('cart', call);
        await work();
        await payment.look(input, call);
        await payment.charge(input, call.withKey(`${input.order}:charge`));
        await work();
        mayBreak('cart');
        effect(`buy:${input.order}`, call.key);
        return input;
      },
    }),
  };
}
