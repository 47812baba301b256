import { useEffect, useState, type FormEvent } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { LONGEST_SEARCH, pageOf, searchOf, TypedSearch } from '../search.ts';
import { useCart } from '../use-cart.ts';
import { Icon } from './icons.tsx';
import { ShapeBadge } from './shape-badge.tsx';

/** The query in the address bar is the truth; typing changes it after a short pause. */
function SearchBox() {
  const [location, navigate] = useLocation();
  const q = searchOf(useSearch());
  const [typed] = useState(() => new TypedSearch());
  const search = (next: string): void => {
    const to = pageOf(next);
    navigate(to, typed.goes(location === '/' ? pageOf(q) : location, to));
  };
  const [text, setText] = useState(q);
  const [seen, setSeen] = useState(q);
  if (q !== seen) {
    setSeen(q);
    if (q !== text.trim()) setText(q);
  }
  useEffect(() => {
    if (text.trim() === q) return undefined;
    const timer = setTimeout(() => search(text.trim()), 250);
    return () => clearTimeout(timer);
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(text.trim());
    typed.begin();
  };
  return (
    <form role="search" className="search" onSubmit={submit}>
      <label htmlFor="q" className="visually-hidden">
        Search products
      </label>
      <Icon name="search" />
      <input
        id="q"
        type="search"
        value={text}
        maxLength={LONGEST_SEARCH}
        placeholder="Search for a kettle, a kite, a good book"
        autoComplete="off"
        onFocus={typed.begin}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

export function Header() {
  const { count } = useCart();
  const [location] = useLocation();
  return (
    <header className="header">
      <Link href="/" className="brand" aria-label="Atlas Shop">
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <span>Atlas</span>
      </Link>
      <SearchBox />
      <ShapeBadge />
      <Link href="/cart" className="cart-link" aria-current={location === '/cart' ? 'page' : undefined}>
        <Icon name="bag" />
        <span className="visually-hidden">{`Cart, ${count} ${count === 1 ? 'item' : 'items'}`}</span>
        <span className="cart-word" aria-hidden="true">
          Cart
        </span>
        {count > 0 && (
          <b key={count} className="count" aria-hidden="true">
            {count > 99 ? '99+' : count}
          </b>
        )}
      </Link>
    </header>
  );
}
