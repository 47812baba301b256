/**
 * The audit of a run: was every request one root of one epoch, did every call happen once, does the money add up, and was
 * everything that is paid shipped?
 * It trusts nothing that it can check: hosts' files against each other, the client's log against the orders, the orders
 * against the bank.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { readLedger } from './acquirer-ledger.ts';
import type { HostFile } from './audit-files.ts';
import { readTold, type Told } from './client-log.ts';
import { joinCalls } from './join-calls.ts';
import { checkMoney } from './money.ts';
import { untilQuiet, type QuietProgress } from './quiet.ts';
import { Problems, type AuditResult } from './result.ts';
import { ShopDatabase, type ProductStock, type WrongShipment } from './shop-database.ts';

export interface AuditOptions {
  /** A superuser's URL of the shop's database. */
  readonly postgresUrl: string;
  /** Base URL of the bank, without trailing slash. */
  readonly acquirerUrl: string;
  /** Folder of this run's audit files. */
  readonly auditDir: string;
  /** Path of the client's request log. */
  readonly clientLog: string;
  /** How long open sagas and events are waited for. */
  readonly waitMs: number;
  /** How long what does not fit is looked at again, since the shop stays open; 10,000 by default. */
  readonly recheckMs?: number;
  readonly onProgress?: (progress: QuietProgress) => void;
}

/**
 * Audits a run whose load has ended, while its hosts may live on.
 * @throws Error when database, bank, log or folder cannot be read, or a file is damaged.
 */
export async function audit(options: AuditOptions): Promise<AuditResult> {
  const shop = await ShopDatabase.connect(options.postgresUrl);
  try {
    return await auditWith(shop, options);
  } finally {
    await shop.close();
  }
}

const RECHECK_MS = 10_000;
const LOOK_AGAIN_EVERY_MS = 1_000;

type Books = Pick<AuditResult, 'lostOrders' | 'duplicateCharges' | 'negativeStock' | 'stockMismatch'> & {
  readonly orders: number;
  readonly charges: number;
};

async function auditWith(shop: ShopDatabase, options: AuditOptions): Promise<AuditResult> {
  const problems = new Problems();
  const open = await untilQuiet(
    () => shop.openWork(),
    options.waitMs,
    options.onProgress ?? (() => undefined),
  );
  if (open !== undefined) problems.add(open);
  const told = await readTold(options.clientLog, problems);
  const { orders, charges, ...books } = await settledBooks(
    shop,
    options,
    { told, quiet: open === undefined },
    problems,
  );
  const live = await shop.live();
  const joined = await joinCalls(
    {
      auditDir: options.auditDir,
      clientLog: options.clientLog,
      layouts: () => shop.layouts(),
      exits: () => shop.exits(),
      recheckMs: options.recheckMs ?? RECHECK_MS,
    },
    problems,
  );
  checkHosts(live, joined.hosts, problems);
  const { covered, mixedEpochRoots, clientRequests, roots, calls, serves } = joined;
  const asked = covered + joined.uncovered + told.unnamed;
  if (asked === 0) problems.add('the client has no answer on record: nothing was audited');
  return {
    ...books,
    mixedEpochRoots,
    coverage: asked === 0 ? 0 : covered / asked,
    ok: problems.count === 0,
    problems: problems.kept,
    checked: {
      ...{ hosts: joined.hosts.length, logged: told.requests, clientRequests, roots, calls, serves },
      ...{ orders, charges },
    },
  };
}

interface Looked {
  readonly told: Told;
  /** Nothing was open any more. */
  readonly quiet: boolean;
}

/**
 * Orders, charges, stock and shipments. They are not read at one moment, and a person may buy meanwhile: what does not fit
 * is looked at again before it counts.
 */
async function settledBooks(
  shop: ShopDatabase,
  { acquirerUrl, recheckMs = RECHECK_MS }: AuditOptions,
  looked: Looked,
  problems: Problems,
): Promise<Books> {
  for (let waited = 0; ; waited += LOOK_AGAIN_EVERY_MS) {
    const found = new Problems();
    const books = await checkBooks(shop, acquirerUrl, looked, found);
    if (found.count === 0 || waited >= recheckMs) {
      problems.addAll(found);
      return books;
    }
    await wait(LOOK_AGAIN_EVERY_MS);
  }
}

async function checkBooks(
  shop: ShopDatabase,
  acquirerUrl: string,
  { told, quiet }: Looked,
  problems: Problems,
): Promise<Books> {
  const orders = await shop.orders();
  const { captured, charges } = await readLedger(acquirerUrl);
  const money = checkMoney({ ...told, orders, captured }, problems);
  const stock = checkStock(await shop.wrongStock(), problems);
  if (quiet) checkShipments(await shop.wrongShipments(), problems);
  return { ...money, ...stock, orders: orders.size, charges };
}

function checkStock(
  wrong: readonly ProductStock[],
  problems: Problems,
): Pick<AuditResult, 'negativeStock' | 'stockMismatch'> {
  let [negativeStock, stockMismatch] = [0, 0];
  for (const { id, stock, initialStock, reserved, ordered } of wrong) {
    if (stock < 0) {
      negativeStock += 1;
      problems.add(`product ${id} has a stock of ${stock}`);
    }
    if (stock === initialStock - reserved && reserved === ordered) continue;
    stockMismatch += 1;
    const known = `had ${initialStock}, of which ${reserved} are reserved and ${ordered} ordered`;
    problems.add(`product ${id} has a stock of ${stock}, but ${known}`);
  }
  return { negativeStock, stockMismatch };
}

/** The log says that all its events are done; whether they were, these orders tell. */
function checkShipments(wrong: readonly WrongShipment[], problems: Problems): void {
  for (const { orderId, status, shipped } of wrong) {
    if (status === null) problems.add(`there is a shipment of order ${orderId}, which is not paid`);
    else if (shipped) problems.add(`order ${orderId} is ${status}, but does not know the shipment of it`);
    else problems.add(`order ${orderId} is ${status}, but there is no shipment of it`);
  }
}

function checkHosts(
  live: readonly { readonly instance: string; readonly nonce: string }[],
  files: readonly HostFile[],
  problems: Problems,
): void {
  const present = new Set(files.map(({ header }) => `${header.instance}:${header.nonce}`));
  for (const { instance, nonce } of live) {
    if (!present.has(`${instance}:${nonce}`)) {
      problems.add(`${instance} (${nonce}) is running, but there is no audit file of it`);
    }
  }
}
