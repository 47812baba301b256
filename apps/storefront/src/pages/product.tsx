import { Link } from 'wouter';
import { Problem } from '../api/request.ts';
import { getProduct } from '../api/shop.ts';
import { Icon } from '../components/icons.tsx';
import { Stock } from '../components/product-card.tsx';
import { Trouble } from '../components/trouble.tsx';
import { money } from '../money.ts';
import { nameParts } from '../product-name.ts';
import { cart, useCart } from '../use-cart.ts';
import { useLoad } from '../use-load.ts';
import { MissingPage } from './missing.tsx';

const ProductSkeleton = () => (
  <div className="product skeleton" aria-busy="true">
    <h1 className="visually-hidden">Loading the product</h1>
    <div className="skeleton-picture" />
    <div>
      <div className="skeleton-line skeleton-title" />
      <div className="skeleton-line skeleton-short" />
      <div className="skeleton-line" />
      <div className="skeleton-line" />
    </div>
  </div>
);

export function ProductPage({ id }: { readonly id: string }) {
  const { cart: shown } = useCart();
  const loaded = useLoad(`product ${id}`, () => getProduct(id));
  if (loaded.state === 'failed') {
    const missing = loaded.error instanceof Problem && loaded.error.lasting;
    return missing ? (
      <MissingPage />
    ) : (
      <Trouble what="This product" why={loaded.error} again={loaded.again} />
    );
  }
  if (loaded.state === 'loading') return <ProductSkeleton />;
  const { name, imageUrl, priceCents, currency, description, stock } = loaded.value;
  const { title, variant } = nameParts(name);
  const held = shown?.items.find((line) => line.productId === id)?.quantity ?? 0;
  return (
    <>
      <title>{`${name} · Atlas Shop`}</title>
      <p className="back">
        <Link href="/">
          <Icon name="arrow" />
          All products
        </Link>
      </p>
      <article className="product">
        <img src={imageUrl} alt={`Drawing of ${name}`} width="640" height="480" />
        <div>
          <div>
            <h1>{title}</h1>
            {variant && <p className="variant">{variant}</p>}
          </div>
          <p className="price">{money(priceCents, currency)}</p>
          <p className="description">{description}</p>
          <p>
            <Stock stock={stock} />
          </p>
          <div className="buy">
            <button
              type="button"
              className="button button-large"
              disabled={stock === 0}
              onClick={() => void cart.add({ productId: id, name, priceCents })}
            >
              {stock === 0 ? 'Sold out' : 'Add to cart'}
            </button>
            {held > 0 && (
              <Link href="/cart" className="button button-large button-quiet">
                View cart
              </Link>
            )}
          </div>
          <ul className="promises">
            <li>
              <Icon name="truck" /> Free delivery, sent the same day
            </li>
            <li>
              <Icon name="box" /> Packed without plastic
            </li>
          </ul>
        </div>
      </article>
    </>
  );
}
