/**
 * The one control connection of a process: never from a pool, so that business load cannot starve it.
 *
 * C1  A call never hangs: it waits for the very first connection attempt, else it goes out at once or rejects at once;
 *     a call without an answer for `ANSWER_WITHIN_MS` ends the connection. Closing waits `CLOSE_WITHIN_MS` for the server.
 * C2  A lost connection is made anew, after 100 ms, then twice as long each time, 1 s at most, for ever.
 * C3  Each connection listens before it is used; after each reconnect subscribers get a hint, since some were missed.
 * C4  Calls are pipelined: on a slow link a lease renewal does not queue behind the answers of other calls.
 */
import type { Hint, OnHint } from '../store.ts';
import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import { IN_FORCE, STALE_LEADER } from '../schema/host-functions.ts';
import { StoreUnavailableError } from '../store.ts';

const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 1_000;
/**
 * More than a statement may take, and little enough that a lease outlives one connection that is answered nothing: the
 * renewal after the last that was answered is given up, and the next one has a new connection, before the lease ends.
 */
const ANSWER_WITHIN_MS = 2_200;
const CONNECT_WITHIN_MS = 5_000;
const CLOSE_WITHIN_MS = 500;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;

/** A statement, parsed once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface ControlConnection {
  /**
   * First column of the first row; undefined without a row.
   * @throws StoreUnavailableError, or the error of the database.
   */
  value(statement: Statement, values: readonly unknown[]): Promise<unknown>;
  rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  watch(onHint: OnHint): () => void;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Where it listens for hints. */
  readonly channels: readonly string[];
  /** Told once when the link is lost and once when it is back. */
  readonly onLink?: (up: boolean, cause?: Error) => void;
}

interface Link {
  readonly client: Client;
  readonly socket: Socket;
}

type State =
  | { readonly kind: 'connecting'; readonly attempt: Promise<Link>; readonly first: boolean }
  | { readonly kind: 'up'; readonly link: Link }
  | { readonly kind: 'down'; readonly cause: Error; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'closed' };

/** Starts to connect at once and returns before it is done. */
export function openConnection(options: ConnectionOptions): ControlConnection {
  const watchers = new Set<OnHint>();
  let retryMs = FIRST_RETRY_MS;
  let wasUp = false;
  let state: State = connecting(true);

  function connecting(first: boolean): State {
    const attempt = connect(options, hintAll);
    attempt.then(
      (link) => onConnected(link),
      (error: Error) => onLost(error),
    );
    return { kind: 'connecting', attempt, first };
  }

  function hintAll(hint: Hint): void {
    for (const watcher of [...watchers]) watcher(hint);
  }

  function onConnected(link: Link): void {
    if (state.kind === 'closed') {
      void hangUp(link);
      return;
    }
    link.client.once('end', () => {
      if (state.kind === 'up' && state.link === link) onLost(new Error('the connection ended'));
    });
    link.client.on('error', (error) => {
      if (state.kind === 'up' && state.link === link) onLost(error);
    });
    state = { kind: 'up', link };
    retryMs = FIRST_RETRY_MS;
    options.onLink?.(true);
    if (wasUp) hintAll('outage');
    wasUp = true;
  }

  function onLost(cause: Error): void {
    if (state.kind === 'closed') return;
    if (state.kind === 'up') {
      void hangUp(state.link);
      options.onLink?.(false, cause);
    }
    const timer = setTimeout(() => {
      state = connecting(false);
    }, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    state = { kind: 'down', cause, timer };
  }

  async function usable(): Promise<Client> {
    if (state.kind === 'up') return state.link.client;
    if (state.kind === 'connecting' && state.first) return (await state.attempt.catch(unreachable)).client;
    if (state.kind === 'down') return unreachable(state.cause);
    return unreachable(new Error(state.kind === 'closed' ? 'this store was closed' : 'reconnecting'));
  }

  async function rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const client = await usable();
    try {
      return (await client.query<Row>({ ...statement, values: [...values] })).rows;
    } catch (error) {
      throw outage(error) ?? error;
    }
  }

  return {
    rows,
    value: async (statement, values) => {
      const [row] = await rows<Record<string, unknown>>(statement, values);
      return row === undefined ? undefined : Object.values(row)[0];
    },
    watch: (onHint) => {
      const watcher: OnHint = (hint) => onHint(hint);
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    close: async () => {
      const last = state;
      state = { kind: 'closed' };
      watchers.clear();
      if (last.kind === 'down') clearTimeout(last.timer);
      if (last.kind === 'up') await hangUp(last.link);
    },
  };
}

/** Says goodbye; a server that stands still, or cannot be reached, never closes its side. Never rejects. */
async function hangUp({ client, socket }: Link): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

function unreachable(cause: unknown): never {
  throw cause instanceof StoreUnavailableError ? cause : new StoreUnavailableError(messageOf(cause), cause);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function connect(options: ConnectionOptions, onHint: OnHint): Promise<Link> {
  const socket = new Socket();
  const client = new Client({
    connectionString: options.url,
    application_name: options.applicationName,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_WITHIN_MS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    pipeline: true,
    stream: () => socket,
  });
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => onHint(payload === IN_FORCE ? IN_FORCE : 'news'));
  try {
    await client.connect();
    for (const channel of options.channels) await client.query(`listen ${channel}`);
    return { client, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Server-side endings that say nothing about the statement: shutdown, crash, start-up, time-outs, too many clients. */
const OUTAGE = /^(57P0[123]|57014|55P03|53300|08...)$/;

function outage(error: unknown): StoreUnavailableError | undefined {
  if (error instanceof DatabaseError && !OUTAGE.test(error.code ?? '')) return undefined;
  return new StoreUnavailableError(messageOf(error), error);
}

/** S5: whether the database refused a superseded leader. */
export const isStaleLeader = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === STALE_LEADER;
