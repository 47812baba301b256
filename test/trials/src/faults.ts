/** What is wrong with a faulty new service. */

export interface FaultKind {
  readonly name: string;
  /** The module that moves. */
  readonly module: string;
  /** `ATLAS_FAULTS` rule. */
  readonly rule: string;
  /** The broken operation; null: all of the module. */
  readonly operation: string | null;
  readonly cause: 'errors' | 'latency';
}

/** `releaseStock` follows declined cards only: rarer than 1.5 % of the traffic, keyed, never topped up. */
export const FAULT_KINDS: readonly FaultKind[] = [
  { name: 'errors', module: 'cart', rule: 'serve.cart.*@cart-*=break', operation: null, cause: 'errors' },
  { name: 'slow', module: 'cart', rule: 'serve.cart.*@cart-*=delay:200', operation: null, cause: 'latency' },
  {
    name: 'rareRead',
    module: 'cart',
    rule: 'serve.cart.getOrder@cart-*=break',
    operation: 'getOrder',
    cause: 'errors',
  },
  {
    name: 'rareKeyed',
    module: 'catalog',
    rule: 'serve.catalog.releaseStock@catalog-*=break',
    operation: 'releaseStock',
    cause: 'errors',
  },
];
