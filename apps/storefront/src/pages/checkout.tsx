import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { Problem } from '../api/request.ts';
import { checkOut, forgetProducts, newKey, productOnce } from '../api/shop.ts';
import type { Address, Cart } from '../api/types.ts';
import { money } from '../money.ts';
import { refusalOf, type Refusal } from '../refusal.ts';
import { cart as model, useCart } from '../use-cart.ts';
import { useLoad } from '../use-load.ts';
import { EmptyCart, NoCart, Summary } from './cart.tsx';

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

/** What a required field says when it is empty. */
const ASK: Readonly<Record<string, string>> = {
  name: 'Please tell us for whom it is.',
  line1: 'Please tell us the street and number.',
  postcode: 'Please tell us the postcode.',
  city: 'Please tell us the city.',
};

type FieldSpec = (typeof FIELDS)[number];

function Field({ field, error }: { readonly field: FieldSpec; readonly error: string | undefined }) {
  const { name, label, autoComplete, required, max } = field;
  return (
    <div className={`field field-${name}`}>
      <label htmlFor={name}>{label}</label>
      <input
        id={name}
        name={name}
        autoComplete={autoComplete}
        required={required}
        maxLength={max}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${name}-error`}
      />
      {error !== undefined && (
        <p className="field-error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** Names of the fields that must be filled and are not, in the order of the page. */
const emptyOnes = (form: FormData): string[] =>
  FIELDS.filter(({ name, required }) => required && String(form.get(name) ?? '').trim() === '').map(
    ({ name }) => name,
  );

function Goods({ cart }: { readonly cart: Cart }) {
  return (
    <aside className="panel" aria-label="Your order">
      <ul className="goods">
        {cart.items.map((line) => (
          <Good key={line.productId} id={line.productId} quantity={line.quantity} />
        ))}
      </ul>
      <Summary cart={cart} />
      <Link href="/cart" className="quiet-link">
        Change the cart
      </Link>
    </aside>
  );
}

function Good({ id, quantity }: { readonly id: string; readonly quantity: number }) {
  const loaded = useLoad(id, () => productOnce(id));
  const product = loaded.state === 'ready' ? loaded.value : undefined;
  return (
    <li>
      {product ? (
        <img src={product.imageUrl} alt="" width="64" height="48" />
      ) : (
        <span className="line-picture" />
      )}
      <span>{product?.name ?? '…'}</span>
      <b>×{quantity}</b>
    </li>
  );
}

/** One attempt to pay after the other, each with its own key; the repetitions of one attempt share it. */
function usePayment() {
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const [key, setKey] = useState(newKey);
  const pay = async (form: FormData, shown: Cart): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setRefusal(undefined);
    try {
      const cart = await model.agreed(shown);
      if (!cart) throw new Problem(409, 'cart_changed', 'the sum is not the one that was shown');
      const answer = await checkOut(cart, { token: String(form.get('card')), address: addressOf(form), key });
      navigate(`/orders/${answer.orderId}`);
    } catch (error) {
      setRefusal(refusalOf(error));
      if (error instanceof Problem && error.code === 'out_of_stock') forgetProducts();
      if (error instanceof Problem && error.lasting) {
        setKey(newKey());
        await model.reload();
      }
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, pay };
}

/** On the button, and to be heard: that a button has another name is told to nobody. */
const BUSY = 'Talking to the bank…';

function CheckoutForm({ cart }: { readonly cart: Cart }) {
  const { busy, refusal, pay } = usePayment();
  const [empty, setEmpty] = useState<readonly string[]>([]);
  const told = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (refusal) told.current?.focus();
  }, [refusal]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const missing = emptyOnes(form);
    setEmpty(missing);
    if (missing.length === 0) void pay(form, cart);
    else event.currentTarget.querySelector<HTMLInputElement>(`#${missing[0] ?? 'name'}`)?.focus();
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <fieldset>
        <legend>Where it goes</legend>
        {FIELDS.map((field) => (
          <Field
            key={field.name}
            field={field}
            error={empty.includes(field.name) ? ASK[field.name] : undefined}
          />
        ))}
        <div className="field">
          <label htmlFor="country">Country</label>
          <select id="country" name="country" autoComplete="country" defaultValue="IE">
            {COUNTRIES.map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </div>
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
      <p className="refusal" role="alert" tabIndex={-1} ref={told}>
        {refusal?.text}
        {refusal?.orderId && (
          <>
            {' '}
            <Link href={`/orders/${refusal.orderId}`}>Look at that order</Link>
          </>
        )}
      </p>
      <p className="visually-hidden" role="status">
        {busy && BUSY}
      </p>
      <button type="submit" className="button button-large button-wide" aria-disabled={busy}>
        {busy ? BUSY : `Pay ${money(cart.totalCents, cart.currency)}`}
      </button>
    </form>
  );
}

export function CheckoutPage() {
  const { cart, busy, failed } = useCart();
  // Another window may have emptied it, which a refusal then finds: the form stays, for it says so.
  const [first, setFirst] = useState<Cart>();
  if (cart && cart.items.length > 0 && first !== cart) setFirst(cart);
  const shown = cart && cart.items.length > 0 ? cart : first;
  return (
    <section>
      <title>Checkout · Atlas Shop</title>
      {!shown && (cart && !busy ? <EmptyCart /> : <NoCart failed={failed} />)}
      {shown && (
        <>
          <h1>Checkout</h1>
          <div className="columns">
            <CheckoutForm cart={shown} />
            <Goods cart={shown} />
          </div>
        </>
      )}
    </section>
  );
}
