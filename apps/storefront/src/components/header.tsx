import { useEffect, useState, type FormEvent } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useCart } from '../cart-context.tsx';
import { ShapeBadge } from './shape-badge.tsx';

/** The query in the address bar is the truth; typing changes it after a short pause. */
function useQuery(): readonly [string, (q: string) => void] {
  const [, navigate] = useLocation();
  const search = useSearch();
  const q = new URLSearchParams(search).get('q') ?? '';
  const go = (next: string): void => navigate(next ? `/?q=${encodeURIComponent(next)}` : '/');
  return [q, go];
}

function SearchBox() {
  const [q, search] = useQuery();
  const [text, setText] = useState(q);
  const [seen, setSeen] = useState(q);
  if (q !== seen) {
    setSeen(q);
    setText(q);
  }
  useEffect(() => {
    if (text.trim() === q) return undefined;
    const timer = setTimeout(() => search(text.trim()), 250);
    return () => clearTimeout(timer);
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(text.trim());
  };
  return (
    <form role="search" className="search" onSubmit={submit}>
      <label htmlFor="q" className="visually-hidden">
        Search products
      </label>
      <input
        id="q"
        type="search"
        value={text}
        maxLength={100}
        placeholder="Search"
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

export function Header() {
  const { count } = useCart();
  return (
    <header className="header">
      <Link href="/" className="brand" aria-label="Atlas Shop">
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <span>Atlas Shop</span>
      </Link>
      <SearchBox />
      <ShapeBadge />
      <Link
        href="/cart"
        className="cart-link"
        aria-label={`Cart, ${count} ${count === 1 ? 'item' : 'items'}`}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 4h2.2l2.3 11.2a1.5 1.5 0 0 0 1.5 1.2h8.6a1.5 1.5 0 0 0 1.5-1.1L21 8H6.2" />
          <circle cx="9.5" cy="20" r="1.4" />
          <circle cx="17" cy="20" r="1.4" />
        </svg>
        <span>Cart</span>
        {count > 0 && <b className="count">{count}</b>}
      </Link>
    </header>
  );
}
