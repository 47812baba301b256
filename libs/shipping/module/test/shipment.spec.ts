import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shipmentOf } from '../src/domain/shipment.ts';

test('an order has one shipment, whoever asks, and no other order has it', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(shipmentOf(one)).toEqual(shipmentOf(one));
      if (one === other) return;
      expect(shipmentOf(one).shipmentId).not.toBe(shipmentOf(other).shipmentId);
      expect(shipmentOf(one).trackingNumber).not.toBe(shipmentOf(other).trackingNumber);
    }),
  );
});

test('a tracking number shows when one digit was mistyped', () => {
  const sum = (digits: string) =>
    [...digits].toReversed().reduce((total, digit, n) => total + Number(digit) * (n % 2 ? 3 : 1), 0);
  fc.assert(
    fc.property(fc.uuid(), fc.nat(16), fc.integer({ min: 1, max: 9 }), (orderId, at, shift) => {
      const digits = shipmentOf(orderId).trackingNumber.slice(3);
      expect(sum(digits) % 10).toBe(0);
      const wrong = `${digits.slice(0, at)}${(Number(digits[at]) + shift) % 10}${digits.slice(at + 1)}`;
      expect(sum(wrong) % 10).not.toBe(0);
    }),
  );
});
