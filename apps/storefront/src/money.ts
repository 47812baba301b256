const formats = new Map<string, Intl.NumberFormat>();

/** 1999, 'EUR' → "€19.99" */
export function money(cents: number, currency = 'EUR'): string {
  let format = formats.get(currency);
  if (!format)
    formats.set(currency, (format = new Intl.NumberFormat('en-IE', { style: 'currency', currency })));
  return format.format(cents / 100);
}
