import { expect, test } from 'vitest';
import { Problem } from '../src/api/request.ts';
import type { Order, OrderStatus } from '../src/api/types.ts';
import { watchOrder } from '../src/order-watch.ts';

const order = (status: OrderStatus): Order => ({
  ...{ id: 'o1', status, lines: [], totalCents: 100, shipment: null },
  payment: { status: 'captured', declineCode: null },
});

/** A page whose clock and eyes the test holds. */
function scene(answers: (OrderStatus | Error)[]) {
  let hidden = false;
  let look: (() => void) | undefined;
  const due: (() => void)[] = [];
  const told: (Order | Problem)[] = [];
  let reads = 0;
  const stop = watchOrder(
    {
      read: () => {
        const answer = answers[Math.min(reads, answers.length - 1)] ?? 'pending';
        reads += 1;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(order(answer));
      },
      hidden: () => hidden,
      onVisibility: (listener) => {
        look = listener;
        return () => (look = undefined);
      },
      after: (_ms, work) => {
        due.push(work);
        return () => void due.splice(due.indexOf(work), 1);
      },
    },
    (what) => told.push(what),
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return {
    told,
    due,
    stop,
    settle,
    reads: () => reads,
    tick: async () => {
      due.shift()?.();
      await settle();
    },
    hide: (now: boolean) => {
      hidden = now;
      look?.();
    },
  };
}

test('W1: an order is read until it is shipped, then never again', async () => {
  const { told, due, settle, tick, reads } = scene(['pending', 'paid', 'shipped']);
  await settle();
  await tick();
  await tick();
  expect(told.map((what) => 'status' in what && what.status)).toEqual(['pending', 'paid', 'shipped']);
  expect(due).toHaveLength(0);
  expect(reads()).toBe(3);
});

test('W2: a hidden page reads nothing, and reads at once when it is shown again', async () => {
  const { due, settle, hide, reads } = scene(['payment_pending']);
  await settle();
  hide(true);
  expect(due).toHaveLength(0);
  expect(reads()).toBe(1);
  hide(false);
  await settle();
  expect(reads()).toBe(2);
  expect(due).toHaveLength(1);
});

test('W3: a read that fails changes nothing and is tried again; an unknown order is told once', async () => {
  const shaky = scene([
    'pending',
    new Problem(503, 'unavailable', ''),
    new Problem(429, 'rate_limited', ''),
    'shipped',
  ]);
  await shaky.settle();
  for (let look = 0; look < 3; look += 1) await shaky.tick();
  expect(shaky.told).toMatchObject([{ status: 'pending' }, { status: 'shipped' }]);
  const unknown = scene([new Problem(404, 'order_not_found', '')]);
  await unknown.settle();
  expect(unknown.told).toMatchObject([{ status: 404 }]);
  expect(unknown.due).toHaveLength(0);
});

test('W3: while nothing is known, a read that fails is told, and tried again', async () => {
  const { told, settle, tick, due } = scene([new Problem(0, 'offline', ''), 'shipped']);
  await settle();
  expect(told).toMatchObject([{ code: 'offline', lasting: false }]);
  await tick();
  expect(told).toMatchObject([{ code: 'offline' }, { status: 'shipped' }]);
  expect(due).toHaveLength(0);
});

test('a watch that was stopped tells nothing more', async () => {
  const { told, stop, settle, due } = scene(['pending']);
  stop();
  await settle();
  expect(told).toHaveLength(0);
  expect(due).toHaveLength(0);
});
