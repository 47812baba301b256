import { Link } from 'wouter';
import { Line } from '../components/lines.tsx';
import { useCart } from '../cart-context.tsx';
import { money } from '../money.ts';

export function CartPage() {
  const { cart, setLine } = useCart();
  return (
    <section className="narrow">
      <title>Your cart · Atlas Shop</title>
      <h1>Your cart</h1>
      {cart && cart.items.length === 0 && (
        <div className="empty">
          <p>There is nothing in it yet.</p>
          <Link href="/" className="button">
            Browse products
          </Link>
        </div>
      )}
      {cart && cart.items.length > 0 && (
        <>
          <ul className="lines">
            {cart.items.map((line) => (
              <Line key={line.productId} line={line}>
                {(product) => (
                  <span className="stepper">
                    <button
                      type="button"
                      aria-label={`One less of ${product.name}`}
                      onClick={() => void setLine(line.productId, line.quantity - 1, product.name)}
                    >
                      −
                    </button>
                    <output aria-label={`Quantity of ${product.name}`}>{line.quantity}</output>
                    <button
                      type="button"
                      aria-label={`One more of ${product.name}`}
                      disabled={line.quantity >= 99}
                      onClick={() => void setLine(line.productId, line.quantity + 1, product.name)}
                    >
                      +
                    </button>
                  </span>
                )}
              </Line>
            ))}
          </ul>
          <p className="total">
            <span>Total</span>
            <strong>{money(cart.totalCents, cart.currency)}</strong>
          </p>
          <Link href="/checkout" className="button button-wide">
            Check out
          </Link>
        </>
      )}
    </section>
  );
}
