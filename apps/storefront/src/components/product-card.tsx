import { Link } from 'wouter';
import type { Product } from '../api/types.ts';
import { useCart } from '../cart-context.tsx';
import { money } from '../money.ts';

export function Stock({ stock }: { readonly stock: number }) {
  if (stock === 0) return <span className="stock stock-none">Sold out</span>;
  if (stock <= 5) return <span className="stock stock-low">Only {stock} left</span>;
  return <span className="stock">In stock</span>;
}

export function ProductCard({ product }: { readonly product: Product }) {
  const { add } = useCart();
  return (
    <li className="card">
      <Link href={`/products/${product.id}`} className="card-link">
        <img src={product.imageUrl} alt="" width="320" height="240" loading="lazy" />
        <h2>{product.name}</h2>
      </Link>
      <p className="card-line">
        <strong>{money(product.priceCents, product.currency)}</strong>
        <Stock stock={product.stock} />
      </p>
      <button
        type="button"
        className="button button-quiet"
        disabled={product.stock === 0}
        onClick={() => void add(product.id, product.name)}
      >
        Add to cart<span className="visually-hidden">: {product.name}</span>
      </button>
    </li>
  );
}

export const CardSkeleton = () => (
  <li className="card skeleton" aria-hidden="true">
    <div className="skeleton-picture" />
    <div className="skeleton-line" />
    <div className="skeleton-line skeleton-short" />
  </li>
);
