import { describe, expect, inject, it } from 'vitest';
import { audit } from '../src/index.ts';
import { auditOf, CLEAN, databaseName } from './audited.ts';
import {
  callOf,
  CART,
  eventOf,
  FakeRun,
  rootOf,
  SHOP,
  startFakeBank,
  withDatabase,
  withFolder,
} from './run-kit.ts';

describe('a clean run', () => {
  it('passes, and tells how much was looked at', async () => {
    const { checked, ...result } = await auditOf(new FakeRun());
    expect(result).toEqual(CLEAN);
    expect(checked).toEqual({
      ...{ hosts: 2, logged: 6, clientRequests: 6, roots: 6, calls: 12, serves: 12, orders: 6, charges: 6 },
    });
  });

  it('may hold declined and voided charges, cancelled orders, failed calls and retries', async () => {
    const run = new FakeRun();
    run.charges.push({ orderId: 'order-7', amountCents: 9, status: 'declined' });
    run.charges.push({ orderId: 'smoke-1', amountCents: 1, status: 'voided' });
    run.sql.push(`INSERT INTO cart.orders VALUES ('order-7', 'cancelled', 'cancelled', 9)`);
    const [serve, call] = callOf(rootOf(2), 2, 'cart.getCart', CART);
    run.cart.push(serve);
    run.shop.push({ ...serve, type: 'serve', instance: 'shop-0' } as typeof serve);
    run.shop.push({ ...call, target: 'shop-0' } as typeof call);
    run.shop.push({ ...call, operation: 'getOrder', target: '', outcome: 'unavailable' } as typeof call);
    expect(await auditOf(run)).toMatchObject({ ok: true, problems: [] });
  });
});

it('somebody who buys while it is audited is no problem', async () => {
  const run = new FakeRun();
  run.charges.push({ orderId: 'order-7', amountCents: 9, status: 'captured' });
  await withFolder((folder) =>
    withDatabase(inject('postgresUrl'), databaseName(), async (postgresUrl, client) => {
      await run.fill(client);
      let bought: Promise<unknown> | undefined;
      const bank = await startFakeBank(run.charges, () => {
        bought ??= client.query(`
          INSERT INTO cart.orders VALUES ('order-7', 'shipped', 'paid', 9, '[]', 'tracking-7');
          INSERT INTO shipping.shipments VALUES ('shipment-7', 'order-7', 'tracking-7')`);
      });
      const files = await run.write(folder);
      const options = { postgresUrl, acquirerUrl: bank.url, ...files, waitMs: 0 };
      const { checked, ...result } = await audit(options).finally(() => bank.close());
      await bought;
      expect(result).toEqual(CLEAN);
      expect(checked).toMatchObject({ orders: 7, charges: 7 });
    }),
  );
});

describe('a serve without its caller', () => {
  it.each([
    { ok: true, verdict: 'fine', when: 'its caller died', cause: 'signal', ended: false },
    {
      ok: true,
      verdict: 'fine',
      when: 'its caller was killed after it had been told to stop',
      cause: 'retired',
      ended: false,
    },
    {
      ok: false,
      verdict: 'a problem',
      when: 'its caller was retired in order',
      cause: 'retired',
      ended: true,
    },
    { ok: false, verdict: 'a problem', when: 'its caller lives', cause: undefined, ended: false },
  ])('is $verdict when $when', async ({ ok, cause, ended }) => {
    const run = new FakeRun();
    run.cart.push(callOf(rootOf(2), 2, 'cart.getCart', CART)[0]);
    if (ended) run.ended.add(SHOP);
    if (cause !== undefined)
      run.sql.push(`INSERT INTO coupling.exits (instance, nonce, cause) VALUES ('shop-0', 'aa', '${cause}')`);
    expect(await auditOf(run)).toMatchObject({ ok });
  });
});

describe('work that is still open', () => {
  it('is waited for, and named when the wait is over', async () => {
    const run = new FakeRun();
    run.sql.push(`INSERT INTO cart.orders VALUES ('order-9', 'payment_pending', 'charging', 5)`);
    run.sql.push(eventOf('order.paid', 'order-9'), eventOf('order.lost', 'order-9'));
    const { ok, problems } = await auditOf(run, 600);
    expect(ok).toBe(false);
    expect(problems[0]).toMatch(
      /^still open after 1 s: checkouts of the orders order-9; events shipping ← .*order\.paid/,
    );
    expect(problems[0]).toContain('nobody ← ');
  });

  it('is an event, too, that the log has passed because it is overdue', async () => {
    const run = new FakeRun();
    run.sql.push(
      eventOf('order.paid', 'order-9'),
      `INSERT INTO event_log.watermarks VALUES ('shipping', 'order.paid', '9000000000')`,
      `INSERT INTO event_log.overdue SELECT 'shipping', id, name FROM event_log.events WHERE aggregate_id = 'order-9'`,
    );
    const { ok, problems } = await auditOf(run, 600);
    expect(ok).toBe(false);
    expect(problems[0]).toMatch(/^still open after 1 s: events shipping ← [^,]*order\.paid/);
  });

  it('is audited once it has ended', async () => {
    const run = new FakeRun();
    await withFolder((folder) =>
      withDatabase(inject('postgresUrl'), databaseName(), async (postgresUrl, client) => {
        await run.fill(client);
        await client.query(
          `UPDATE cart.orders SET status = 'payment_pending', saga_state = 'charging' WHERE id = 'order-1'`,
        );
        const bank = await startFakeBank(run.charges);
        const progress: unknown[] = [];
        const onProgress = (step: unknown): void => {
          if (progress.push(step) === 1)
            void client.query(`UPDATE cart.orders SET status = 'shipped', saga_state = 'paid'`);
        };
        const files = await run.write(folder);
        const result = await audit({
          postgresUrl,
          acquirerUrl: bank.url,
          ...files,
          waitMs: 10_000,
          onProgress,
        });
        bank.close();
        expect(result).toMatchObject({ ok: true });
        expect(progress[0]).toMatchObject({ openSagas: 1, openEvents: 0 });
      }),
    );
  });
});
