import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { goLater } from '../notice-time.ts';
import { cart, useCart } from '../use-cart.ts';

/** What happened to the cart, said once at the foot of the window. It stays while pointer or focus are in it. */
export function Notice() {
  const { notice, refused } = useCart();
  const [location] = useLocation();
  const shown = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!notice) return undefined;
    return goLater(() => shown.current?.matches(':hover, :focus-within') ?? false, cart.hush);
  }, [notice]);
  return (
    <aside
      ref={shown}
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
