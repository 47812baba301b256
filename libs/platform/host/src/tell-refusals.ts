import type { RpcServerEvent } from '@atlas/coupling-transport';
import { spell, type Warns } from '@atlas/platform-telemetry';

/** Tells of RPC connections that were refused or broken; those of one reason in a row make two lines. */
export function tellRefusals(log: Warns): (event: RpcServerEvent) => void {
  const told = new Map<RpcServerEvent['reason'], (event: RpcServerEvent) => void>();
  const spellOf = (reason: RpcServerEvent['reason']): ((event: RpcServerEvent) => void) =>
    spell({
      begins: (event) => log.warn(event, 'an RPC connection was refused or broken'),
      ends: (count) => log.warn({ reason, count }, 'RPC connections were refused or broken'),
    });
  return (event) => {
    const tell = told.get(event.reason) ?? spellOf(event.reason);
    told.set(event.reason, tell);
    tell(event);
  };
}
