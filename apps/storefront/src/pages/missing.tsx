import { Link } from 'wouter';

export function MissingPage() {
  return (
    <div className="empty">
      <title>Not found · Atlas Shop</title>
      <img src="/images/lost-parcel.svg" alt="" width="240" height="180" />
      <h1>There is nothing here</h1>
      <p>The page may have moved, or the link is wrong.</p>
      <Link href="/" className="button">
        Browse products
      </Link>
    </div>
  );
}
