import { Link } from 'wouter';
import { Problem } from '../api/request.ts';
import { getProduct } from '../api/shop.ts';
import { Stock } from '../components/product-card.tsx';
import { Trouble } from '../components/trouble.tsx';
import { useCart } from '../cart-context.tsx';
import { money } from '../money.ts';
import { useLoad } from '../use-load.ts';
import { MissingPage } from './missing.tsx';

export function ProductPage({ id }: { readonly id: string }) {
  const { add } = useCart();
  const loaded = useLoad(`product ${id}`, () => getProduct(id));
  if (loaded.state === 'failed') {
    const missing = loaded.error instanceof Problem && loaded.error.status < 500 && loaded.error.status > 0;
    return missing ? <MissingPage /> : <Trouble what="This product" />;
  }
  if (loaded.state === 'loading')
    return (
      <div className="product skeleton" aria-busy="true">
        <div className="skeleton-picture" />
      </div>
    );
  const product = loaded.value;
  return (
    <article className="product">
      <title>{`${product.name} · Atlas Shop`}</title>
      <img src={product.imageUrl} alt="" width="640" height="480" />
      <div>
        <p>
          <Link href="/">All products</Link>
        </p>
        <h1>{product.name}</h1>
        <p className="price">{money(product.priceCents, product.currency)}</p>
        <p className="description">{product.description}</p>
        <p>
          <Stock stock={product.stock} />
        </p>
        <button
          type="button"
          className="button"
          disabled={product.stock === 0}
          onClick={() => void add(product.id, product.name)}
        >
          Add to cart
        </button>
      </div>
    </article>
  );
}
