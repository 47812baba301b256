import { useState } from 'react';
import { Link, useSearch } from 'wouter';
import { listProducts } from '../api/shop.ts';
import type { Product } from '../api/types.ts';
import { CardSkeleton, ProductCard } from '../components/product-card.tsx';
import { Trouble } from '../components/trouble.tsx';
import { DEPARTMENTS } from '../departments.ts';
import { searchOf } from '../search.ts';
import { ORDERS, sorted, type SortOrder } from '../sorted.ts';
import { useLoad } from '../use-load.ts';

/** Cards whose pictures are loaded at once: about a first screen of them. */
const EARLY = 8;

const Grid = ({ items, from = 0 }: { readonly items: readonly Product[]; readonly from?: number }) => (
  <ul className="grid">
    {items.map((product, index) => (
      <ProductCard key={product.id} product={product} early={from + index < EARLY} />
    ))}
  </ul>
);

/** What somebody who does not see the button is told of it. */
const SAID = { calm: '', busy: 'Loading more products', failed: 'More products cannot be shown just now' };

/** What is on the button. */
const PRESS = { calm: 'Show more', busy: 'Loading…', failed: 'Try once more' };

/** What follows the first page of the whole range, a page at each press. The button stays: it may have the focus. */
function More({ q, first }: { readonly q: string; readonly first: string }) {
  const [items, setItems] = useState<readonly Product[]>([]);
  const [cursor, setCursor] = useState<string | null>(first);
  const [state, setState] = useState<'calm' | 'busy' | 'failed'>('calm');
  const load = async (): Promise<void> => {
    if (cursor === null || state === 'busy') return;
    setState('busy');
    try {
      const page = await listProducts(q, cursor);
      setItems([...items, ...page.items]);
      setCursor(page.nextCursor);
      setState('calm');
    } catch {
      setState('failed');
    }
  };
  return (
    <>
      {items.length > 0 && <Grid items={items} from={EARLY} />}
      <p className="visually-hidden" role="status">
        {state === 'calm' && items.length > 0 ? `${items.length} more products` : SAID[state]}
      </p>
      <button
        type="button"
        className="button button-quiet more"
        aria-disabled={cursor === null}
        onClick={() => void load()}
      >
        {cursor === null ? 'That is all' : PRESS[state]}
      </button>
    </>
  );
}

const Departments = ({ q }: { readonly q: string }) => (
  <nav className="departments" aria-label="Departments">
    <Link href="/" aria-current={q === '' ? 'page' : undefined}>
      Everything
    </Link>
    {DEPARTMENTS.map(({ name, word }) => (
      <Link key={word} href={`/?q=${word}`} aria-current={q === word ? 'page' : undefined}>
        {name}
      </Link>
    ))}
  </nav>
);

function Intro({ q }: { readonly q: string }) {
  const department = DEPARTMENTS.find(({ word }) => word === q);
  return (
    <header className={q ? 'intro' : 'intro intro-home'}>
      <h1>{department?.name ?? (q ? <>Results for “{q}”</> : 'Good things, fairly priced')}</h1>
      {!q && <p>Things for every day, made to last and sent the day you order.</p>}
      {department && <p>{department.line}</p>}
    </header>
  );
}

const NothingFound = () => (
  <div className="empty">
    <img src="/images/nothing-found-magnifier-parcel.svg" alt="" width="240" height="180" />
    <p>
      Nothing found. Try a shorter or more general word, or <Link href="/">look at everything</Link>.
    </p>
  </div>
);

export function BrowsePage() {
  const q = searchOf(useSearch());
  const [order, setOrder] = useState<SortOrder>('shop');
  const loaded = useLoad(`products ${q}`, () => listProducts(q));
  if (loaded.state === 'failed')
    return <Trouble what="The catalogue" why={loaded.error} again={loaded.again} />;
  const page = loaded.state === 'ready' ? loaded.value : undefined;
  const whole = page !== undefined && page.nextCursor === null;
  return (
    <>
      <title>{q ? `${q} · Atlas Shop` : 'Atlas Shop'}</title>
      <Intro q={q} />
      <Departments q={q} />
      {q !== '' && (
        <div className="toolbar">
          <p role="status">{page ? countOf(page.items.length, whole) : 'Searching…'}</p>
          {whole && page.items.length > 1 && <SortBox order={order} setOrder={setOrder} />}
        </div>
      )}
      {page?.items.length === 0 && <NothingFound />}
      {page ? <Grid items={whole ? sorted(page.items, order) : page.items} /> : <Skeletons />}
      {page?.nextCursor && <More key={q} q={q} first={page.nextCursor} />}
    </>
  );
}

const countOf = (found: number, whole: boolean): string =>
  found === 1 ? '1 product' : `${whole ? '' : 'More than '}${found} products`;

function SortBox({
  order,
  setOrder,
}: {
  readonly order: SortOrder;
  readonly setOrder: (order: SortOrder) => void;
}) {
  return (
    <label className="sort">
      Sort by
      <select value={order} onChange={(event) => setOrder(event.target.value as SortOrder)}>
        {Object.entries(ORDERS).map(([key, { label }]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

const Skeletons = () => (
  <ul className="grid" aria-busy="true" aria-label="Loading products">
    {Array.from({ length: 12 }, (_, index) => (
      <CardSkeleton key={index} />
    ))}
  </ul>
);
