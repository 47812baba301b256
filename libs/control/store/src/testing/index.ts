export { makeCouplingDatabase, type CouplingDatabase } from './coupling-database.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { withoutHints } from './lossy-hints.ts';
