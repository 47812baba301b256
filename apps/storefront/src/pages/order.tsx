import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Problem } from '../api/request.ts';
import { getOrder } from '../api/shop.ts';
import type { Order, OrderStatus } from '../api/types.ts';
import { Line } from '../components/lines.tsx';
import { Trouble } from '../components/trouble.tsx';
import { money } from '../money.ts';
import { MissingPage } from './missing.tsx';

const HEADLINE: Readonly<Record<OrderStatus, string>> = {
  pending: 'We have your order',
  payment_pending: 'Waiting for the bank',
  paid: 'Thank you, it is paid',
  shipped: 'On its way to you',
  cancelled: 'This order was cancelled',
};

const TEXT: Readonly<Record<OrderStatus, string>> = {
  pending: 'We are just putting it together.',
  payment_pending: 'The bank has not answered yet. Your goods are kept for you; this page updates itself.',
  paid: 'We are packing it now; this page updates itself.',
  shipped: 'The parcel is with the carrier.',
  cancelled: 'Nothing was charged.',
};

const STEPS: readonly { readonly status: OrderStatus; readonly label: string }[] = [
  { status: 'pending', label: 'Ordered' },
  { status: 'paid', label: 'Paid' },
  { status: 'shipped', label: 'Shipped' },
];

const reached = (status: OrderStatus): number => (status === 'shipped' ? 2 : status === 'paid' ? 1 : 0);

/** The order, read again each second until it has come to its end. */
function useOrder(id: string): Order | Error | undefined {
  const [order, setOrder] = useState<Order | Error>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const read = async (): Promise<void> => {
      try {
        const next = await getOrder(id);
        if (!current) return;
        setOrder(next);
        if (next.status !== 'shipped' && next.status !== 'cancelled')
          timer = setTimeout(() => void read(), 1_000);
      } catch (error) {
        if (current) setOrder(error instanceof Error ? error : new Error(String(error)));
      }
    };
    void read();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id]);
  return order;
}

export function OrderPage({ id }: { readonly id: string }) {
  const order = useOrder(id);
  if (order instanceof Problem && order.status === 404) return <MissingPage />;
  if (order instanceof Error) return <Trouble what="This order" />;
  if (!order)
    return (
      <section className="narrow skeleton" aria-busy="true">
        <div className="skeleton-picture" />
      </section>
    );
  return (
    <section className="narrow" aria-live="polite">
      <title>Your order · Atlas Shop</title>
      <h1>{HEADLINE[order.status]}</h1>
      <p>{TEXT[order.status]}</p>
      {order.status !== 'cancelled' && (
        <ol className="steps">
          {STEPS.map((step, index) => (
            <li key={step.status} data-done={index <= reached(order.status)}>
              {step.label}
              {index <= reached(order.status) && <span className="visually-hidden"> (done)</span>}
            </li>
          ))}
        </ol>
      )}
      {order.shipment && (
        <p>
          Tracking number <code>{order.shipment.trackingNumber}</code>
        </p>
      )}
      <ul className="lines">
        {order.lines.map((line) => (
          <Line key={line.productId} line={line} />
        ))}
      </ul>
      <p className="total">
        <span>Total</span>
        <strong>{money(order.totalCents)}</strong>
      </p>
      <p className="order-id">
        Order <code>{order.id}</code>
      </p>
      <Link href="/" className="button button-quiet">
        Continue shopping
      </Link>
    </section>
  );
}
