import { Link } from 'wouter';
import type { Cart, CartLine } from '../api/types.ts';
import { Icon } from '../components/icons.tsx';
import { Line } from '../components/lines.tsx';
import { Trouble } from '../components/trouble.tsx';
import { money } from '../money.ts';
import { cart as model, useCart } from '../use-cart.ts';

function Stepper({ line, name }: { readonly line: CartLine; readonly name: string }) {
  const want = (quantity: number): void => {
    void model.want({ productId: line.productId, name, priceCents: line.priceCents, quantity });
    // The button goes with its line, and the page's heading with the last one.
    if (quantity === 0) document.getElementById('main')?.focus({ preventScroll: true });
  };
  return (
    <div className="line-tools">
      <span className="stepper" role="group" aria-label={`Quantity of ${name}`}>
        <button type="button" aria-label={`One less of ${name}`} onClick={() => want(line.quantity - 1)}>
          −
        </button>
        <output>{line.quantity}</output>
        <button type="button" aria-label={`One more of ${name}`} onClick={() => want(line.quantity + 1)}>
          +
        </button>
      </span>
      <button type="button" className="remove" aria-label={`Remove ${name}`} onClick={() => want(0)}>
        <Icon name="bin" />
      </button>
    </div>
  );
}

export function Summary({ cart }: { readonly cart: Cart }) {
  return (
    <dl className="summary">
      <div>
        <dt>Goods</dt>
        <dd>{money(cart.totalCents, cart.currency)}</dd>
      </div>
      <div>
        <dt>Delivery</dt>
        <dd>Free</dd>
      </div>
      <div className="summary-total">
        <dt>Total</dt>
        <dd>{money(cart.totalCents, cart.currency)}</dd>
      </div>
    </dl>
  );
}

export function EmptyCart() {
  return (
    <div className="empty">
      <img src="/images/laundry-basket-oak.svg" alt="" width="240" height="180" />
      <h1>Your cart is empty</h1>
      <p>Good things are waiting for you.</p>
      <Link href="/" className="button">
        Browse products
      </Link>
    </div>
  );
}

/** The cart is not known yet, or cannot be. */
export const NoCart = ({ failed }: { readonly failed: unknown }) =>
  failed ? <Trouble what="Your cart" why={failed} again={() => void model.reload()} /> : <LinesSkeleton />;

export function CartPage() {
  const { cart, failed } = useCart();
  return (
    <section>
      <title>Your cart · Atlas Shop</title>
      {!cart && <NoCart failed={failed} />}
      {cart && cart.items.length === 0 && <EmptyCart />}
      {cart && cart.items.length > 0 && (
        <>
          <h1>Your cart</h1>
          <div className="columns">
            <ul className="lines">
              {cart.items.map((line) => (
                <Line key={line.productId} line={line}>
                  {(name) => <Stepper line={line} name={name} />}
                </Line>
              ))}
            </ul>
            <aside className="panel" aria-label="Summary">
              <Summary cart={cart} />
              <Link href="/checkout" className="button button-large button-wide">
                Check out
              </Link>
              <Link href="/" className="quiet-link">
                Continue shopping
              </Link>
            </aside>
          </div>
        </>
      )}
    </section>
  );
}

/** Lines that are still to come, of a cart or an order. */
export const LinesSkeleton = () => (
  <div className="narrow skeleton" aria-busy="true">
    <h1 className="visually-hidden">Loading</h1>
    <div className="skeleton-line skeleton-title" />
    <div className="skeleton-row" />
    <div className="skeleton-row" />
    <div className="skeleton-row" />
  </div>
);
