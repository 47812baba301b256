import type { CallFrame, CallOutcome, Connector, Endpoint, Link, LinkState } from '../src/index.ts';

/** One call as it reached a link, to be answered by the test. */
export interface SentCall {
  readonly to: string;
  readonly frame: CallFrame;
  readonly outcome: CallOutcome;
  cancelled: boolean;
}

interface ScriptedLink {
  readonly link: Link;
  setState(state: LinkState): void;
}

/** A connector whose links do nothing by themselves: the test decides what becomes of each call. All sent are in flight. */
export class ScriptedConnector implements Connector {
  readonly sent: SentCall[] = [];
  readonly #links = new Map<string, ScriptedLink>();

  link(endpoint: Endpoint, onState: (link: Link) => void): Link {
    let state: LinkState = 'ready';
    let sent = 0;
    const link: Link = {
      endpoint,
      get state() {
        return state;
      },
      get inFlight() {
        return sent;
      },
      send: (frame, outcome) => {
        const call: SentCall = { to: endpoint.nonce, frame, outcome, cancelled: false };
        this.sent.push(call);
        sent += 1;
        const queued = state !== 'ready';
        return () => {
          call.cancelled = true;
          if (queued) outcome.refused('not_sent', 'cancelled before it was sent');
        };
      },
      retire: () => {},
    };
    const setState = (next: LinkState): void => {
      state = next;
      onState(link);
    };
    this.#links.set(endpoint.nonce, { link, setState });
    return link;
  }

  setState(nonce: string, state: LinkState): void {
    this.#links.get(nonce)?.setState(state);
  }

  /** The newest call; fails when there is none. */
  last(): SentCall {
    const call = this.sent.at(-1);
    if (call === undefined) throw new Error('nothing was sent');
    return call;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
