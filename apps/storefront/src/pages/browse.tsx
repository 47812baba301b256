import { useState } from 'react';
import { useSearch } from 'wouter';
import { listProducts } from '../api/shop.ts';
import type { Product } from '../api/types.ts';
import { CardSkeleton, ProductCard } from '../components/product-card.tsx';
import { Trouble } from '../components/trouble.tsx';
import { useLoad } from '../use-load.ts';

function More({ q, first }: { readonly q: string; readonly first: string }) {
  const [items, setItems] = useState<readonly Product[]>([]);
  const [cursor, setCursor] = useState<string | null>(first);
  const [busy, setBusy] = useState(false);
  const load = async (): Promise<void> => {
    if (cursor === null) return;
    setBusy(true);
    try {
      const page = await listProducts(q, cursor);
      setItems([...items, ...page.items]);
      setCursor(page.nextCursor);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {items.length > 0 && (
        <ul className="grid">
          {items.map((product) => (
            <ProductCard key={product.id} product={product} />
          ))}
        </ul>
      )}
      {cursor !== null && (
        <button type="button" className="button more" disabled={busy} onClick={() => void load()}>
          {busy ? 'Loading…' : 'Show more'}
        </button>
      )}
    </>
  );
}

export function BrowsePage() {
  const q = new URLSearchParams(useSearch()).get('q') ?? '';
  const loaded = useLoad(`products ${q}`, () => listProducts(q));
  if (loaded.state === 'failed') return <Trouble what="The catalogue" />;
  const items = loaded.state === 'ready' ? loaded.value.items : undefined;
  return (
    <>
      <title>{q ? `${q} · Atlas Shop` : 'Atlas Shop'}</title>
      <div className="intro">
        <h1>{q ? <>Results for “{q}”</> : 'Good things, fairly priced'}</h1>
        {!q && <p>Everyday goods for kitchen, home and outdoors, in stock and sent the same day.</p>}
      </div>
      {items?.length === 0 ? (
        <p className="empty">Nothing found. Try a shorter or more general word.</p>
      ) : (
        <ul className="grid" aria-busy={!items}>
          {items?.map((product) => <ProductCard key={product.id} product={product} />) ??
            Array.from({ length: 12 }, (_, index) => <CardSkeleton key={index} />)}
        </ul>
      )}
      {loaded.state === 'ready' && loaded.value.nextCursor && (
        <More key={q} q={q} first={loaded.value.nextCursor} />
      )}
    </>
  );
}
