import { useState, type FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { Problem } from '../api/request.ts';
import { checkOut } from '../api/shop.ts';
import type { Address } from '../api/types.ts';
import { useCart } from '../cart-context.tsx';
import { money } from '../money.ts';

const CARDS = [
  { token: 'tok_ok', name: 'A card that works', number: '4242 4242 4242 4242' },
  { token: 'tok_declined', name: 'A card that is declined', number: '4000 0000 0000 0002' },
  { token: 'tok_insufficient_funds', name: 'A card without funds', number: '4000 0000 0000 9995' },
  { token: 'tok_timeout', name: 'A bank that answers late', number: '4000 0000 0000 3220' },
] as const;

const COUNTRIES = [
  ['AT', 'Austria'],
  ['BE', 'Belgium'],
  ['FR', 'France'],
  ['DE', 'Germany'],
  ['IE', 'Ireland'],
  ['IT', 'Italy'],
  ['NL', 'Netherlands'],
  ['PL', 'Poland'],
  ['ES', 'Spain'],
  ['SE', 'Sweden'],
] as const;

const FIELDS = [
  { name: 'name', label: 'Full name', autoComplete: 'name', required: true, max: 100 },
  { name: 'line1', label: 'Street and number', autoComplete: 'address-line1', required: true, max: 200 },
  { name: 'line2', label: 'Addition (optional)', autoComplete: 'address-line2', required: false, max: 200 },
  { name: 'postcode', label: 'Postcode', autoComplete: 'postal-code', required: true, max: 20 },
  { name: 'city', label: 'City', autoComplete: 'address-level2', required: true, max: 100 },
] as const;

/** What to tell a person for each refusal of a checkout. */
const REFUSALS: Readonly<Record<string, string>> = {
  card_declined: 'The bank declined this card. Nothing was charged. Please use another one.',
  out_of_stock:
    'Something in your cart has just sold out. Nothing was charged. Please look at your cart again.',
  cart_changed: 'Your cart was changed in another window. Please look at it again.',
  cart_empty: 'Your cart is empty.',
  in_progress: 'This checkout is still being worked on. Please wait a moment and try again.',
};

function addressOf(form: FormData): Address {
  const field = (name: string): string => String(form.get(name) ?? '').trim();
  const line2 = field('line2');
  return {
    name: field('name'),
    line1: field('line1'),
    ...(line2 ? { line2 } : {}),
    city: field('city'),
    postcode: field('postcode'),
    country: field('country'),
  };
}

export function CheckoutPage() {
  const { cart, reload } = useCart();
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState('');
  /** One key per attempt that a person makes; the same on all repetitions of that attempt. */
  const [key, setKey] = useState(() => crypto.randomUUID());

  const pay = async (form: FormData): Promise<void> => {
    if (!cart) return;
    setBusy(true);
    setRefusal('');
    try {
      const answer = await checkOut(cart, { token: String(form.get('card')), address: addressOf(form), key });
      await reload().catch(() => undefined);
      navigate(`/orders/${answer.orderId}`);
    } catch (error) {
      const code = error instanceof Problem ? error.code : '';
      setRefusal(
        REFUSALS[code] ??
          'The payment could not be confirmed. Press the button again: you will never be charged twice.',
      );
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && code !== 'in_progress') {
        setKey(crypto.randomUUID());
        await reload().catch(() => undefined);
      }
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void pay(new FormData(event.currentTarget));
  };

  if (cart && cart.items.length === 0 && !busy) {
    return (
      <div className="empty">
        <title>Checkout · Atlas Shop</title>
        <h1>Your cart is empty</h1>
        <Link href="/" className="button">
          Browse products
        </Link>
      </div>
    );
  }
  return (
    <section className="narrow">
      <title>Checkout · Atlas Shop</title>
      <h1>Checkout</h1>
      <form className="form" onSubmit={submit}>
        <fieldset>
          <legend>Where it goes</legend>
          {FIELDS.map((field) => (
            <label key={field.name}>
              {field.label}
              <input
                name={field.name}
                autoComplete={field.autoComplete}
                required={field.required}
                maxLength={field.max}
              />
            </label>
          ))}
          <label>
            Country
            <select name="country" autoComplete="country" defaultValue="IE">
              {COUNTRIES.map(([code, name]) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </fieldset>
        <fieldset>
          <legend>Test card</legend>
          {CARDS.map((card) => (
            <label key={card.token} className="choice">
              <input type="radio" name="card" value={card.token} defaultChecked={card.token === 'tok_ok'} />
              <span>
                {card.name}
                <small>{card.number}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <p className="refusal" role="alert">
          {refusal}
        </p>
        <button type="submit" className="button button-wide" disabled={busy || !cart}>
          {busy ? 'Talking to the bank…' : cart ? `Pay ${money(cart.totalCents, cart.currency)}` : 'Pay'}
        </button>
      </form>
    </section>
  );
}
