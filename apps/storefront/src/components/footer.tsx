import { Link } from 'wouter';

export const Footer = () => (
  <footer className="footer">
    <p>A demonstration shop. No goods, no money: pay with the test cards.</p>
    <p>
      <Link href="/orders">Your orders</Link>
    </p>
    <p>The badge above tells the shape and epoch that served you.</p>
  </footer>
);
