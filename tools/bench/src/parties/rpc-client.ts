import { serveParty } from '../serve-party.ts';
import { median } from '../statistics.ts';
import { callsPerSecond, microseconds, type Ask, type RpcQuestion } from './rpc-work.ts';

/** The caller's party over any transport; `connect` gets the address that its server told. */
export function serveRpcClient(connect: (port: number) => Promise<Ask>): void {
  let ask: Ask | undefined;
  const connected = (): Ask => {
    if (ask === undefined) throw new Error('connect first');
    return ask;
  };
  serveParty({
    connect: async (port: number) => {
      ask = await connect(port);
    },
    rate: (question: RpcQuestion) => callsPerSecond(connected(), question),
    p50: async (question: RpcQuestion) => median(await microseconds(connected(), question.forMs)),
  });
}
