import { Link } from 'wouter';
import { anyOrderWaits, productOnce } from '../api/shop.ts';
import type { CartLine } from '../api/types.ts';
import { money } from '../money.ts';
import { nameParts } from '../product-name.ts';
import { useLoad } from '../use-load.ts';
import { Stock } from './product-card.tsx';
import type { ReactNode } from 'react';

/** That there are not so many any more; not while they may be missing only because an order of this cart holds them. */
function Short({ stock, wanted }: { readonly stock: number; readonly wanted: number }) {
  const waits = useLoad('waiting order', anyOrderWaits);
  const unsaid = waits.state === 'loading' || (waits.state === 'ready' && waits.value);
  return unsaid ? null : (
    <small>
      <Stock stock={stock} wanted={wanted} />
    </small>
  );
}

/**
 * One line of a cart or an order; `children` stand below its name (a quantity field, or nothing), and then it says when
 * there are not so many any more. They do without the product: what cannot be shown can still be removed.
 */
export function Line({
  line,
  children,
}: {
  readonly line: CartLine;
  readonly children?: (name: string) => ReactNode;
}) {
  const loaded = useLoad(line.productId, () => productOnce(line.productId));
  const product = loaded.state === 'ready' ? loaded.value : undefined;
  const name = product?.name ?? line.productId;
  const { title, variant } = nameParts(name);
  return (
    <li className="line">
      {product ? (
        <img src={product.imageUrl} alt="" width="120" height="90" />
      ) : (
        <span className="line-picture" aria-hidden="true" />
      )}
      <div className="line-name">
        <Link href={`/products/${line.productId}`}>
          {title}
          {variant && <span className="visually-hidden">, </span>}
          {variant && <small>{variant}</small>}
        </Link>
        {!children && <small>Quantity {line.quantity}</small>}
        {children && product && product.stock < line.quantity && (
          <Short stock={product.stock} wanted={line.quantity} />
        )}
      </div>
      {children?.(name)}
      <p className="line-sum">
        <strong>{money(line.priceCents * line.quantity)}</strong>
        {line.quantity > 1 && <small>{money(line.priceCents)} each</small>}
      </p>
    </li>
  );
}
