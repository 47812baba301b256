import { Link } from 'wouter';

export function MissingPage() {
  return (
    <div className="empty">
      <title>Not found · Atlas Shop</title>
      <h1>There is nothing here</h1>
      <p>The page may have moved, or the link is wrong.</p>
      <Link href="/" className="button">
        Browse products
      </Link>
    </div>
  );
}
