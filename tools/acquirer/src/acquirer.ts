/** The bank put together: ledger, book, server. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Bank } from './bank.ts';
import { ChargeBook } from './charge-book.ts';
import { Ledger } from './ledger.ts';
import { createBankServer } from './server.ts';

export interface AcquirerOptions {
  readonly ledgerFile: string;
  /** 0 takes a free port; the host is always 127.0.0.1. */
  readonly port: number;
  readonly token: string;
  readonly onError: (error: unknown) => void;
  /** The disk failed; the process must end. */
  readonly onBroken: (error: unknown) => void;
  /** Default `atlas`. */
  readonly seed?: string;
  /** How long unanswered connections are held; 30,000 ms by default. */
  readonly holdMs?: number;
  /** When a late capture is written; 4,000 ms by default, longer than a merchant waits. */
  readonly lateMs?: number;
}

export interface RunningAcquirer {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Replays the ledger, then listens. @throws Error when the ledger is damaged or the port is taken. */
export async function startAcquirer(options: AcquirerOptions): Promise<RunningAcquirer> {
  const { token, onError, onBroken, seed = 'atlas', holdMs = 30_000, lateMs = 4_000 } = options;
  const book = new ChargeBook();
  const ledger = await Ledger.open(options.ledgerFile, (entry) => book.apply(entry));
  const bank = new Bank({ book, ledger, seed, lateMs, onBroken });
  const server = createBankServer({ bank, token, holdMs, random: Math.random, onError });
  try {
    server.listen(options.port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    await bank.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await bank.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
