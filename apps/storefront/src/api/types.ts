/** What the edge answers (OpenAPI at /api/openapi.json). Money is in integer cents. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly stock: number;
  readonly imageUrl: string;
}
export interface ProductPage {
  readonly items: readonly Product[];
  readonly nextCursor: string | null;
}
export interface CartLine {
  readonly productId: string;
  readonly quantity: number;
  readonly priceCents: number;
}
export interface Cart {
  readonly id: string;
  readonly items: readonly CartLine[];
  readonly totalCents: number;
  readonly currency: string;
  readonly version: number;
}
export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
}
export interface CheckoutAnswer {
  readonly orderId: string;
  readonly status: 'paid' | 'payment_pending';
  readonly totalCents: number;
}
export type OrderStatus = 'pending' | 'payment_pending' | 'paid' | 'shipped' | 'cancelled';
/** One of a list. */
export interface ListedOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly totalCents: number;
  /** RFC 3339. */
  readonly orderedAt: string;
}
export interface Order {
  readonly id: string;
  readonly status: OrderStatus;
  readonly lines: readonly CartLine[];
  readonly totalCents: number;
  readonly payment: { readonly status: string; readonly declineCode: string | null };
  readonly shipment: { readonly status: string; readonly trackingNumber: string } | null;
}
