import type { Endpoint } from './host.ts';
import type { WireError } from './wire-error.ts';

/** One call as it travels. */
export interface CallFrame {
  readonly module: string;
  readonly operation: string;
  readonly input: unknown;
  readonly rootId: string;
  readonly epoch: number;
  /** Absolute, ms, on the clock of this process (`steadyNow`). */
  readonly deadlineAt: number;
  /** Empty: derived from the root's id, and not sampled. */
  readonly traceparent: string;
  readonly key: string | undefined;
}

/** Why a call was not executed. `goaway` and `not_sent` cost no retry: the callee never took it. */
export type Refusal = 'not_sent' | 'goaway' | 'epoch_unknown' | 'overloaded';

/** Exactly one of these is told about each call that was sent. */
export interface CallOutcome {
  answered(output: unknown): void;
  failed(error: WireError): void;
  /** Nothing was executed. */
  refused(reason: Refusal, message: string): void;
  /** The connection was lost with the call in flight: outcome unknown. */
  lost(): void;
}

/**
 * `connecting`: never up yet, calls queue. `ready`. `down`: lost or not reachable, it goes on trying.
 * `gone`: went away, was fenced, or its address answers with another nonce; for good.
 */
export type LinkState = 'connecting' | 'ready' | 'down' | 'gone';

/** The way to one process (one nonce). */
export interface Link {
  readonly endpoint: Endpoint;
  readonly state: LinkState;
  /** Calls sent or queued, not yet told an outcome. */
  readonly inFlight: number;
  /** Sends a call; returns a function that tells the callee that nobody waits any more (the outcome still comes). */
  send(frame: CallFrame, outcome: CallOutcome): () => void;
  /** No new calls will be sent: end when idle. */
  retire(): void;
}

/** Makes links; the transport implements it over TCP, the testkit in memory. */
export interface Connector {
  /** `onState` is told after every change of the link's state. */
  link(endpoint: Endpoint, onState: (link: Link) => void): Link;
  close(): Promise<void>;
}

/** A callee's answer to one inbound call. */
export type Reply =
  | { readonly kind: 'answer'; readonly output: unknown }
  | { readonly kind: 'failure'; readonly error: WireError }
  | { readonly kind: 'refusal'; readonly reason: Refusal; readonly message: string };

/** An inbound call that runs, or waits to. */
export interface ServedCall {
  /** Its caller gave up. */
  cancel(): void;
  /** Nobody hears the answer any more: it goes on, but does not begin if it has not. */
  abandon(): void;
}

/** The runtime, as a transport sees it. `respond` is called exactly once, perhaps before `serve` returns. */
export interface Inbound {
  serve(frame: CallFrame, respond: (reply: Reply) => void): ServedCall;
}

/** No other host: every remote call finds nobody. */
export const nopConnector: Connector = {
  link: (endpoint) => ({
    endpoint,
    state: 'gone',
    inFlight: 0,
    send: (_frame, outcome) => {
      outcome.refused('not_sent', 'no transport');
      return () => {};
    },
    retire: () => {},
  }),
  close: () => Promise.resolve(),
};
