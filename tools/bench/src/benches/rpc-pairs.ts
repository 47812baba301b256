import { Party } from '../party.ts';

const at = (file: string): URL => new URL(`../parties/${file}.ts`, import.meta.url);

/** All servers share one core, all clients the other; only one pair works at a time. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;

export const TRANSPORTS = ['atlas', 'bare', 'nest', 'moleculer', 'grpc'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Runs `work` with a connected client of each transport; ends all processes whatever happens. */
export async function withClients<T, K extends Transport>(
  transports: readonly K[],
  work: (clients: Record<K, Party>) => Promise<T>,
): Promise<T> {
  const parties: Party[] = [];
  const start = (module: URL, core: number): Party => {
    const party = new Party({ module, core });
    parties.push(party);
    return party;
  };
  try {
    const clients = transports.map(async (transport) => {
      const server = start(at(`rpc-${transport}-server`), SERVER_CORE);
      const client = start(at(`rpc-${transport}-client`), CLIENT_CORE);
      await client.ask('connect', await server.ask<number>('port'));
      return [transport, client] as const;
    });
    return await work(Object.fromEntries(await Promise.all(clients)) as Record<K, Party>);
  } finally {
    await Promise.all(parties.map((party) => party.stop()));
  }
}
