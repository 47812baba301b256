/** `rpc`: two Moleculer nodes over its TCP transporter, found by address; nothing optional is on. */
import { Server } from 'node:net';
import { ServiceBroker } from 'moleculer';

export const SERVER = 'catalog';

/** Moleculer's listener cannot be told an address: held to loopback here. */
function listenOnLoopback(): void {
  const listen = Reflect.get(Server.prototype, 'listen') as (options: object, done: unknown) => Server;
  Reflect.set(Server.prototype, 'listen', function (this: Server, options: object, done: unknown) {
    return listen.call(this, { ...options, host: '127.0.0.1' }, done);
  });
}

/** @param urls `host:port/node` of all nodes, with commas between them. */
export function molecule(nodeID: string, urls: string): ServiceBroker {
  listenOnLoopback();
  return new ServiceBroker({
    nodeID,
    logger: false,
    metrics: false,
    tracing: false,
    serializer: 'JSON',
    transporter: {
      type: 'TCP',
      options: { udpDiscovery: false, useHostname: false, urls, gossipPeriod: 1 },
    },
  });
}
