import { Link } from 'wouter';
import type { Product } from '../api/types.ts';
import { money } from '../money.ts';
import { nameParts } from '../product-name.ts';
import { stockWord } from '../stock-word.ts';
import { cart } from '../use-cart.ts';

/** `wanted`: how many pieces of it; one when it is left out. */
export function Stock({ stock, wanted }: { readonly stock: number; readonly wanted?: number }) {
  const { text, tone } = stockWord(stock, wanted);
  return <span className={tone}>{text}</span>;
}

/** `early`: stands at the top of a page, so its picture is not put off. */
export function ProductCard({ product, early }: { readonly product: Product; readonly early?: boolean }) {
  const { id, name, priceCents, currency, stock, imageUrl } = product;
  const { title, variant } = nameParts(name);
  return (
    <li className="card">
      <Link href={`/products/${id}`} className="card-link">
        <img src={imageUrl} alt="" width="400" height="300" loading={early ? 'eager' : 'lazy'} />
        <h2>
          {title}
          {variant && <small>{variant}</small>}
        </h2>
      </Link>
      <p className="card-line">
        <strong className="price">{money(priceCents, currency)}</strong>
        <Stock stock={stock} />
      </p>
      <button
        type="button"
        className="button button-quiet"
        disabled={stock === 0}
        onClick={() => void cart.add({ productId: id, name, priceCents })}
      >
        {stock === 0 ? 'Sold out' : 'Add to cart'}
        <span className="visually-hidden">: {name}</span>
      </button>
    </li>
  );
}

export const CardSkeleton = () => (
  <li className="card skeleton" aria-hidden="true">
    <div className="skeleton-picture" />
    <div className="skeleton-line" />
    <div className="skeleton-line skeleton-short" />
    <div className="skeleton-button" />
  </li>
);
