export { CouplingServer, type CouplingServerOptions } from './coupling-server.ts';
export {
  CouplingClientProxy,
  type CouplingClientOptions,
  type CouplingRequest,
} from './coupling-client-proxy.ts';
