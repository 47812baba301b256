import { useEffect, useRef } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { CartProvider, useCart } from './cart-context.tsx';
import { Header } from './components/header.tsx';
import { BrowsePage } from './pages/browse.tsx';
import { CartPage } from './pages/cart.tsx';
import { CheckoutPage } from './pages/checkout.tsx';
import { MissingPage } from './pages/missing.tsx';
import { OrderPage } from './pages/order.tsx';
import { ProductPage } from './pages/product.tsx';

/** A new page starts at its top, with the focus on its main part; who is typing a search goes on typing. */
function usePageStart(): void {
  const [location] = useLocation();
  const before = useRef(location);
  useEffect(() => {
    if (before.current === location) return;
    before.current = location;
    window.scrollTo(0, 0);
    if (document.activeElement instanceof HTMLInputElement) return;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [location]);
}

function Notice() {
  const { notice, say } = useCart();
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => say(''), 4_000);
    return () => clearTimeout(timer);
  }, [notice, say]);
  return (
    <div className={notice ? 'notice notice-shown' : 'notice'} role="status" aria-live="polite">
      {notice}
    </div>
  );
}

export function App() {
  usePageStart();
  return (
    <CartProvider>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/" component={BrowsePage} />
          <Route path="/products/:id">{({ id }) => <ProductPage id={id} />}</Route>
          <Route path="/cart" component={CartPage} />
          <Route path="/checkout" component={CheckoutPage} />
          <Route path="/orders/:id">{({ id }) => <OrderPage id={id} />}</Route>
          <Route component={MissingPage} />
        </Switch>
      </main>
      <footer className="footer">
        <p>A demonstration shop. No goods, no money: pay with the test cards.</p>
      </footer>
      <Notice />
    </CartProvider>
  );
}
