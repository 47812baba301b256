import type { Admission, Coupling } from '@atlas/coupling-runtime';
import type { Logger, Metrics } from '@atlas/platform-telemetry';
import type { ConnectionSpread } from './connection-spread.ts';
import type { CommonHeaders, Shape } from './headers.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { EdgeRoute } from './route.ts';
import type { Session, Sessions } from './sessions.ts';

/** The shape that answers without a root are stamped with. */
export interface ShapeSource {
  current(): Shape;
}

/** Everything that the edge works with. */
export interface EdgeParts {
  readonly coupling: Coupling;
  readonly shape: ShapeSource;
  readonly headers: CommonHeaders;
  readonly sessions: Sessions;
  readonly limits: { readonly session: RateLimiter; readonly address: RateLimiter };
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly routes: readonly EdgeRoute[];
  readonly spread: ConnectionSpread;
  /** Folder of the built storefront, or undefined when there is none. */
  readonly storefront: string | undefined;
  /** The host may be given work. */
  ready(): boolean;
  /** The bundle is going away: answers close their connections. */
  retiring(): boolean;
}

/** What the edge keeps of one request. */
export interface EdgeContext {
  /** `performance.now()` when its headers had arrived. */
  readonly startedAt: number;
  readonly session: Session | undefined;
  /** Set once the request has become a root. */
  admission: Admission | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    edge: EdgeContext | undefined;
  }
  interface FastifyContextConfig {
    /** Metric label. */
    operation?: string;
  }
}
