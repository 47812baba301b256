/** Who a host is, and what it knows of the others. */

/** What this process is; fixed for its life. */
export interface HostIdentity {
  /** Unique among live processes, e.g. `cart-0`. */
  readonly instance: string;
  /** 16 hex digits, drawn anew by each process. */
  readonly nonce: string;
  /** `bundle`: may admit roots and is everyone's standby. `service`: serves `modules` where a layout says so. */
  readonly kind: 'bundle' | 'service';
  /** Modules it has loaded. */
  readonly modules: readonly string[];
}

/** Soft state of one instance, from its lease. Changes without an epoch; selects only among what the layout allows. */
export interface Endpoint {
  readonly instance: string;
  readonly nonce: string;
  readonly kind: 'bundle' | 'service';
  readonly modules: readonly string[];
  /** `host:port` of its RPC listener. */
  readonly rpc: string;
  /** Only `ready` endpoints get calls (but D3 of `directory.ts`). `reserve`: a bundle that accepts nobody yet. */
  readonly health: 'starting' | 'reserve' | 'ready' | 'leaving';
}

/** First 8 digits of a root's id are those of the nonce of the bundle that admitted it. */
export const originOf = (rootId: string): string => rootId.slice(0, 8);
