export { RpcServer, type RpcServerEvent, type RpcServerOptions } from './rpc-server.ts';
export { TcpConnector, type TcpConnectorOptions } from './tcp-connector.ts';
export { Pulse, type PulseListener, type PulseOptions } from './pulse.ts';
export { probe, type ProbeOptions } from './probe.ts';
export { MAX_FRAME_BYTES, MAX_HELLO_BYTES } from './frames.ts';
export type { CloseReason, PeerIdentity } from './identity.ts';
