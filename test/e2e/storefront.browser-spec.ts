/** The storefront in a real browser, while the shop changes its shape all the time: people must not notice. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { cartConfirmed, openWindow, startChromium, tabTo, type Watched } from './src/browser.ts';
import { shopOfFile } from './src/index.ts';

/** Every direct way between two modes. */
const WALK = ['hybrid', 'loose', 'tight', 'loose', 'hybrid', 'tight'] as const;
/** A machine that also starts services answers late now and then. */
const PATIENCE = { timeout: 60_000 };

const shop = shopOfFile();
let browser: Browser;
let going = true;
let switches = 0;
let switching: Promise<void>;
const open: Watched[] = [];

/** Switches until told to stop, or until it cannot. */
async function keepSwitching(): Promise<void> {
  try {
    for (; going; switches += 1) {
      const mode = WALK[switches % WALK.length] ?? 'tight';
      await shop().control.switchTo({ mode, instances: { bundle: 1 + (switches % 2) } });
    }
  } finally {
    going = false;
  }
}

beforeAll(async () => {
  browser = await startChromium();
  switching = keepSwitching();
  switching.catch(() => undefined); // told by the last test
});

afterAll(async () => {
  going = false;
  await browser?.close();
});

async function visit(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const watched = await openWindow(browser, shop().stack.edgeUrl, options);
  watched.page.setDefaultTimeout(PATIENCE.timeout);
  open.push(watched);
  return watched.page;
}

afterEach(async () => {
  for (const { mishaps, context } of open.splice(0)) {
    await context.close();
    expect(mishaps).toEqual([]);
  }
});

const epochOf = async (page: Page): Promise<number> =>
  Number(await page.locator('.shape').getAttribute('data-epoch'));

const headline = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor(PATIENCE);

const cartLink = (page: Page, items: number): Promise<void> =>
  page.getByRole('link', { name: `Cart, ${items} item` }).waitFor(PATIENCE);

async function addMug(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('searchbox').fill('mug');
  await headline(page, /Results for .mug/);
  await page.locator('.card', { hasText: 'In stock' }).first().getByRole('link').click();
  const confirmed = cartConfirmed(page);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await cartLink(page, 1);
  await confirmed;
}

async function fillAddress(page: Page): Promise<void> {
  await page.getByLabel('Full name').fill('Grace Hopper');
  await page.getByLabel('Street and number').fill('Harbour Road 12');
  await page.getByLabel('Postcode').fill('T12 XY');
  await page.getByLabel('City').fill('Cork');
}

async function payWith(page: Page, card: string): Promise<void> {
  await page.getByLabel(card).check();
  await page.getByRole('button', { name: /^Pay/ }).click();
}

test('a customer searches, fills a cart, has cards refused, pays, and sees the order shipped', async () => {
  const page = await visit();
  await addMug(page);
  const first = await epochOf(page);
  await page.getByRole('link', { name: /Cart, 1 item/ }).click();
  await page.getByRole('button', { name: /One more/ }).click();
  await page.getByRole('button', { name: /One more/ }).click();
  await cartLink(page, 3);
  await page.getByRole('button', { name: /One less/ }).click();
  await cartLink(page, 2);
  await page.getByRole('link', { name: 'Check out' }).click();
  await fillAddress(page);
  for (const card of ['A card that is declined', 'A card without funds']) {
    await payWith(page, card);
    await page.getByRole('alert').filter({ hasText: 'Nothing was charged' }).waitFor(PATIENCE);
    await cartLink(page, 2);
  }
  await payWith(page, 'A card that works');
  await headline(page, 'On its way to you');
  await page.getByText('Tracking number').waitFor(PATIENCE);
  await cartLink(page, 0);
  const lookAgain = async (): Promise<number> => {
    await page.getByRole('link', { name: 'Your orders' }).click();
    await headline(page, 'Your orders');
    await page.locator('.entry a').first().click();
    await headline(page, 'On its way to you');
    return epochOf(page);
  };
  await expect.poll(lookAgain).toBeGreaterThan(first); // whoever asks nothing is told nothing
  await page.getByRole('link', { name: 'Your orders' }).click();
  await headline(page, 'Your orders');
  const ends = await page.locator('.entry span').allInnerTexts();
  expect(ends).toEqual(['Shipped', 'Cancelled', 'Cancelled']);
});

test('an order whose bank answers late keeps its page up to date to the end', async () => {
  const page = await visit();
  await addMug(page);
  await page.goto('/checkout');
  await fillAddress(page);
  await payWith(page, 'A bank that answers late');
  await page.waitForURL('**/orders/*', PATIENCE);
  await headline(page, /On its way to you|This order was cancelled/);
});

test('a purchase needs no mouse', async () => {
  const page = await visit();
  await page.goto('/');
  await tabTo(page, 'searchbox', /Search/);
  await page.keyboard.type('kettle');
  await headline(page, /Results for .kettle/);
  await tabTo(page, 'button', /Add to cart/);
  const confirmed = cartConfirmed(page);
  await page.keyboard.press('Enter');
  await cartLink(page, 1);
  await confirmed;
  await page.goto('/cart');
  await page.getByRole('link', { name: 'Check out' }).waitFor(PATIENCE);
  await tabTo(page, 'link', /Check out/);
  await page.keyboard.press('Enter');
  await headline(page, 'Checkout');
  const typed = [
    [/Full name/, 'Grace Hopper'],
    [/Street/, 'Harbour Road 12'],
    [/Postcode/, 'T12 XY'],
    [/City/, 'Cork'],
  ] as const;
  for (const [label, text] of typed) {
    await tabTo(page, 'textbox', label);
    await page.keyboard.type(text);
  }
  await tabTo(page, 'button', /^Pay/);
  await page.keyboard.press('Enter');
  await headline(page, 'On its way to you');
});

test('addresses can be kept: reload and going back show the same pages again', async () => {
  const page = await visit();
  await addMug(page);
  const product = new URL(page.url()).pathname;
  const name = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  expect(product).toMatch(/^\/products\//);
  await page.reload();
  await headline(page, name);
  await page.goto('/cart');
  await page.getByRole('link', { name }).waitFor(PATIENCE);
  await page.reload();
  await page.getByRole('link', { name }).waitFor(PATIENCE);
  await page.getByRole('link', { name: 'Check out' }).click();
  await fillAddress(page);
  await payWith(page, 'A card that works');
  await page.waitForURL('**/orders/*', PATIENCE);
  await page.reload();
  await headline(page, 'On its way to you');
  await page.getByRole('link', { name }).click();
  await headline(page, name);
  await page.goBack();
  await headline(page, 'On its way to you');
  await page.goForward();
  await headline(page, name);
  await page.getByRole('link', { name: 'Atlas Shop' }).click();
  await headline(page, 'Good things, fairly priced');
});

test('and so it goes until the shape has changed in every direct way', async () => {
  const page = await visit();
  while (going && switches <= WALK.length) {
    await page.goto('/', { waitUntil: 'networkidle' });
    await page.locator('.card').first().waitFor(PATIENCE);
  }
  going = false;
  await switching;
  expect(switches).toBeGreaterThan(WALK.length);
});
