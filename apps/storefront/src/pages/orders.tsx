import { Link } from 'wouter';
import { listOrders } from '../api/shop.ts';
import type { ListedOrder, OrderStatus } from '../api/types.ts';
import { Trouble } from '../components/trouble.tsx';
import { money } from '../money.ts';
import { useLoad } from '../use-load.ts';
import { LinesSkeleton } from './cart.tsx';

const WORD: Readonly<Record<OrderStatus, string>> = {
  pending: 'Ordered',
  payment_pending: 'Waiting for the bank',
  paid: 'Paid',
  shipped: 'Shipped',
  cancelled: 'Cancelled',
};

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' });

const Entry = ({ id, status, totalCents, orderedAt }: ListedOrder) => (
  <li className="entry">
    <Link href={`/orders/${id}`}>
      <time dateTime={orderedAt}>{DATE.format(new Date(orderedAt))}</time>
    </Link>
    <span>{WORD[status]}</span>
    <strong>{money(totalCents)}</strong>
  </li>
);

const NoOrders = () => (
  <div className="empty">
    <title>Your orders · Atlas Shop</title>
    <img src="/images/lost-parcel.svg" alt="" width="240" height="180" />
    <h1>You have not ordered yet</h1>
    <p>What you order in this browser is found here.</p>
    <Link href="/" className="button">
      Browse products
    </Link>
  </div>
);

/** What was ordered in this browser: whoever closed the page too early finds it again. */
export function OrdersPage() {
  const orders = useLoad('orders', listOrders);
  if (orders.state === 'loading') return <LinesSkeleton />;
  if (orders.state === 'failed')
    return <Trouble what="Your orders" why={orders.error} again={orders.again} />;
  if (orders.value.length === 0) return <NoOrders />;
  return (
    <section className="narrow">
      <title>Your orders · Atlas Shop</title>
      <h1>Your orders</h1>
      <ul className="lines">
        {orders.value.map((order) => (
          <Entry key={order.id} {...order} />
        ))}
      </ul>
    </section>
  );
}
