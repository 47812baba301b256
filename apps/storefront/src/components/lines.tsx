import { Link } from 'wouter';
import { productOnce } from '../api/shop.ts';
import type { CartLine, Product } from '../api/types.ts';
import { money } from '../money.ts';
import { useLoad } from '../use-load.ts';
import type { ReactNode } from 'react';

/** One line of a cart or an order; `children` stand at its end (a quantity field, or nothing). */
export function Line({
  line,
  children,
}: {
  readonly line: CartLine;
  readonly children?: (product: Product) => ReactNode;
}) {
  const loaded = useLoad(line.productId, () => productOnce(line.productId));
  const product = loaded.state === 'ready' ? loaded.value : undefined;
  return (
    <li className="line">
      {product ? (
        <img src={product.imageUrl} alt="" width="80" height="60" />
      ) : (
        <span className="line-picture" aria-hidden="true" />
      )}
      <span className="line-name">
        <Link href={`/products/${line.productId}`}>{product?.name ?? line.productId}</Link>
        <small>
          {money(line.priceCents)} × {line.quantity}
        </small>
      </span>
      {product && children?.(product)}
      <strong className="line-sum">{money(line.priceCents * line.quantity)}</strong>
    </li>
  );
}
