import { Component, type ReactNode } from 'react';

/** Whatever breaks in a page, a person keeps the header, the cart and a way on. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError = (): { readonly broken: boolean } => ({ broken: true });
  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <div className="empty" role="alert">
        <h1>This page has slipped</h1>
        <p>Your cart and your orders are safe.</p>
        <a href="/" className="button">
          Browse products
        </a>
      </div>
    );
  }
}
