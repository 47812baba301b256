import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { currentCart, setQuantity } from './api/shop.ts';
import type { Cart } from './api/types.ts';
import { Problem } from './api/request.ts';

interface CartState {
  readonly cart: Cart | undefined;
  readonly count: number;
  /** What happened last, for sighted users and screen readers alike. */
  readonly notice: string;
  setLine(productId: string, quantity: number, name: string): Promise<void>;
  add(productId: string, name: string): Promise<void>;
  reload(): Promise<void>;
  say(text: string): void;
}

const Context = createContext<CartState | undefined>(undefined);

const withLine = (cart: Cart, productId: string, quantity: number): Cart => ({
  ...cart,
  items: cart.items
    .map((line) => (line.productId === productId ? { ...line, quantity } : line))
    .filter((line) => line.quantity > 0),
});

/** Holds the cart. A change shows at once and is corrected by the answer; changes are sent one after another. */
export function CartProvider({ children }: { readonly children: ReactNode }) {
  const [cart, setCart] = useState<Cart>();
  const [notice, setNotice] = useState('');
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const latest = useRef<Cart | undefined>(undefined);

  const hold = useCallback((next: Cart) => {
    latest.current = next;
    setCart(next);
  }, []);
  const reload = useCallback(async () => hold(await currentCart()), [hold]);

  useEffect(() => {
    currentCart().then(hold, () => setNotice('Your cart cannot be shown just now.'));
  }, [hold]);

  const setLine = useCallback(
    (productId: string, quantity: number, name: string): Promise<void> => {
      const step = queue.current.then(async () => {
        try {
          const base = latest.current ?? (await currentCart());
          if (latest.current) setCart(withLine(latest.current, productId, quantity));
          hold(await setQuantity(base.id, productId, quantity));
          setNotice(quantity === 0 ? `${name} removed from your cart` : `${name}: ${quantity} in your cart`);
        } catch (error) {
          const soldOut = error instanceof Problem && error.code === 'out_of_stock';
          setNotice(
            soldOut ? `Sorry, there are not that many of ${name} left.` : `${name} could not be added.`,
          );
          if (latest.current) setCart(latest.current);
          await reload().catch(() => undefined);
        }
      });
      queue.current = step;
      return step;
    },
    [hold, reload],
  );

  const add = useCallback(
    (productId: string, name: string) => {
      const held = latest.current?.items.find((line) => line.productId === productId)?.quantity ?? 0;
      return setLine(productId, held + 1, name);
    },
    [setLine],
  );

  const count = cart?.items.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
  const state = useMemo(
    () => ({ cart, count, notice, setLine, add, reload, say: setNotice }),
    [cart, count, notice, setLine, add, reload],
  );
  return <Context value={state}>{children}</Context>;
}

export function useCart(): CartState {
  const state = useContext(Context);
  if (!state) throw new Error('useCart outside CartProvider');
  return state;
}
