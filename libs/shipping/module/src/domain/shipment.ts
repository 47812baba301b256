import { createHash } from 'node:crypto';

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
}

/** What leaves the warehouse for one paid order. */
export interface Shipment {
  readonly shipmentId: string;
  readonly orderId: string;
  readonly trackingNumber: string;
}

/** What was paid for, and where it goes. */
export interface Parcel {
  readonly address: Address;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
}

const DIGITS = 16;

/** The digit that makes the sum of all digits, every second one tripled, a multiple of ten (as in GS1 numbers). */
function checkDigit(digits: string): number {
  const sum = [...digits]
    .toReversed()
    .reduce((total, digit, n) => total + Number(digit) * (n % 2 ? 1 : 3), 0);
  return (10 - (sum % 10)) % 10;
}

/** The one shipment of an order: everything about it follows from the order's id. */
export function shipmentOf(orderId: string): Shipment {
  const hash = createHash('sha256').update(`shipment:${orderId}`).digest();
  const digits = (hash.readBigUInt64BE() % 10n ** BigInt(DIGITS)).toString().padStart(DIGITS, '0');
  return {
    shipmentId: `shp-${orderId}`,
    orderId,
    trackingNumber: `ATL${digits}${checkDigit(digits)}`,
  };
}
