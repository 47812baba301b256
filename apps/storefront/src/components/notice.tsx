import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { cart, useCart } from '../use-cart.ts';

/** Long enough to read it twice. */
const SHOWN_MS = 6_000;

/** What happened to the cart, said once at the foot of the window. */
export function Notice() {
  const { notice, refused } = useCart();
  const [location] = useLocation();
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(cart.hush, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <aside
      className="notice"
      aria-label="What just happened"
      data-shown={notice !== ''}
      data-refused={refused}
    >
      <p role="status">{notice}</p>
      {notice && !refused && location !== '/cart' && <Link href="/cart">View cart</Link>}
    </aside>
  );
}
