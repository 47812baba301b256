import type {
  CallFrame,
  CallOutcome,
  Connector,
  Endpoint,
  Inbound,
  Link,
  Reply,
} from '@atlas/coupling-runtime';

/** What JSON makes of a value: the copy that the other side of a wire would see. */
export function throughJson<T>(value: T): T {
  const text = JSON.stringify(value);
  return text === undefined ? value : (JSON.parse(text) as T);
}

/** Hosts of one process, by nonce. */
export type MemoryHosts = Map<string, Inbound>;

function tell(reply: Reply, outcome: CallOutcome): void {
  const copy = throughJson(reply);
  if (copy.kind === 'answer') outcome.answered(copy.output);
  else if (copy.kind === 'failure') outcome.failed(copy.error);
  else outcome.refused(copy.reason, copy.message);
}

function memoryLink(endpoint: Endpoint, hosts: MemoryHosts): Link {
  let inFlight = 0;
  return {
    endpoint,
    state: 'ready',
    get inFlight() {
      return inFlight;
    },
    send(frame: CallFrame, outcome: CallOutcome) {
      const host = hosts.get(endpoint.nonce);
      if (host === undefined) {
        outcome.refused('not_sent', `${endpoint.instance} is gone`);
        return () => {};
      }
      inFlight += 1;
      const served = host.serve(throughJson(frame), (reply) => {
        inFlight -= 1;
        queueMicrotask(() => tell(reply, outcome));
      });
      return () => served.cancel();
    },
    retire() {},
  };
}

/** Reaches other hosts of the same process; every value makes the round trip through JSON. */
export function memoryConnector(hosts: MemoryHosts): Connector {
  return {
    link: (endpoint) => memoryLink(endpoint, hosts),
    close: () => Promise.resolve(),
  };
}
