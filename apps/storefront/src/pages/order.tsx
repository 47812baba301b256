import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Problem } from '../api/request.ts';
import { getOrder } from '../api/shop.ts';
import type { Order, OrderStatus } from '../api/types.ts';
import { Icon } from '../components/icons.tsx';
import { Line } from '../components/lines.tsx';
import { Trouble } from '../components/trouble.tsx';
import { money } from '../money.ts';
import { final, inThisPage, watchOrder } from '../order-watch.ts';
import { cart } from '../use-cart.ts';
import { LinesSkeleton } from './cart.tsx';
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
  payment_pending:
    'Your bank takes its time. There is nothing for you to do: your goods are kept, also in your cart until they are paid, and you will not be charged twice.',
  paid: 'We are packing it now.',
  shipped: 'The parcel is with the carrier.',
  cancelled: 'Nothing was charged, and the goods are back on the shelf.',
};

const STEPS = [
  { status: 'pending', label: 'Ordered', icon: 'box' },
  { status: 'paid', label: 'Paid', icon: 'card' },
  { status: 'shipped', label: 'Shipped', icon: 'truck' },
] as const;

const reached = (status: OrderStatus): number => (status === 'shipped' ? 2 : status === 'paid' ? 1 : 0);

/** The order as it was last read, or why it cannot be. */
function useOrder(id: string): Order | Problem | undefined {
  const [order, setOrder] = useState<Order | Problem>();
  useEffect(
    () =>
      watchOrder(
        inThisPage(() => getOrder(id)),
        setOrder,
      ),
    [id],
  );
  const status = order instanceof Problem ? undefined : order?.status;
  // A cart whose bank answered late is emptied only now.
  useEffect(() => {
    if (status === 'paid' || status === 'shipped') void cart.reload();
  }, [status]);
  return order;
}

function Steps({ status }: { readonly status: OrderStatus }) {
  const at = reached(status);
  return (
    <ol className="steps" aria-label="Progress">
      {STEPS.map((step, index) => (
        <li
          key={step.status}
          data-state={index <= at ? 'done' : index === at + 1 ? 'next' : 'later'}
          aria-current={index === at ? 'step' : undefined}
        >
          <span className="step-mark">
            <Icon name={index <= at ? 'check' : step.icon} />
          </span>
          {step.label}
          <span className="visually-hidden">{index <= at ? ', done' : ', not yet'}</span>
        </li>
      ))}
    </ol>
  );
}

export function OrderPage({ id }: { readonly id: string }) {
  const order = useOrder(id);
  if (order instanceof Problem)
    return order.lasting ? <MissingPage /> : <Trouble what="This order" why={order} />;
  if (!order) return <LinesSkeleton />;
  const { status, shipment, lines, totalCents } = order;
  return (
    <section className="narrow order">
      <title>{`${HEADLINE[status]} · Atlas Shop`}</title>
      <div className="order-head" role="status">
        <h1>{HEADLINE[status]}</h1>
        <p>{TEXT[status]}</p>
        {!final(order) && (
          <p className="live">
            <span className="live-dot" aria-hidden="true" />
            This page updates itself.
          </p>
        )}
      </div>
      {status !== 'cancelled' && <Steps status={status} />}
      <dl className="facts">
        {shipment && (
          <div>
            <dt>Tracking number</dt>
            <dd>{shipment.trackingNumber}</dd>
          </div>
        )}
        <div>
          <dt>Order</dt>
          <dd>{order.id}</dd>
        </div>
      </dl>
      <ul className="lines">
        {lines.map((line) => (
          <Line key={line.productId} line={line} />
        ))}
      </ul>
      <p className="total">
        <span>Total</span>
        <strong>{money(totalCents)}</strong>
      </p>
      <Link href="/" className="button button-quiet">
        Continue shopping
      </Link>
    </section>
  );
}
