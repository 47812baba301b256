import { useEffect, useRef } from 'react';
import { Route, Switch, useLocation, useSearch } from 'wouter';
import { Boundary } from './components/boundary.tsx';
import { Footer } from './components/footer.tsx';
import { Header } from './components/header.tsx';
import { Notice } from './components/notice.tsx';
import { BrowsePage } from './pages/browse.tsx';
import { CartPage } from './pages/cart.tsx';
import { CheckoutPage } from './pages/checkout.tsx';
import { MissingPage } from './pages/missing.tsx';
import { OrdersPage } from './pages/orders.tsx';
import { OrderPage } from './pages/order.tsx';
import { ProductPage } from './pages/product.tsx';
import { onShown } from './page-shown.ts';
import { cart } from './use-cart.ts';

/**
 * A new page starts at its top, with the focus on its main part; who is typing a search goes on typing. What another
 * search finds starts at the top, too; the focus stays with what asked for it.
 */
function usePageStart(location: string, search: string): void {
  const before = useRef({ location, search });
  useEffect(() => {
    const left = before.current;
    if (left.location === location && left.search === search) return;
    before.current = { location, search };
    window.scrollTo(0, 0);
    if (left.location === location) return;
    cart.hush();
    if (document.activeElement?.id === 'q') return;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [location, search]);
}

/**
 * The cart as it is now: another window may have changed it. At the checkout only when it is not known yet: who presses
 * Pay again, for want of an answer, asks with the cart of before, and is told of its order.
 */
function useFreshCart(paying: boolean): void {
  useEffect(() => {
    if (!paying || !cart.view().cart) void cart.reload(); // tried again with the first wish
    return paying ? undefined : onShown(() => void cart.reload());
  }, [paying]);
}

export function App() {
  const [location] = useLocation();
  usePageStart(location, useSearch());
  useFreshCart(location === '/checkout');
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <Boundary key={location}>
          <Switch>
            <Route path="/" component={BrowsePage} />
            <Route path="/products/:id">{({ id }) => <ProductPage key={id} id={id} />}</Route>
            <Route path="/cart" component={CartPage} />
            <Route path="/checkout" component={CheckoutPage} />
            <Route path="/orders" component={OrdersPage} />
            <Route path="/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
            <Route component={MissingPage} />
          </Switch>
        </Boundary>
      </main>
      <Footer />
      <Notice />
    </>
  );
}
