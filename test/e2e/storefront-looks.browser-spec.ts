/** What the storefront promises to every person: it can be used by all, on every screen, and asks nobody but the shop. */
import { readdir, readFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { repositoryRoot } from '@atlas/platform-stack';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { cartConfirmed, openWindow, startChromium, type Watched } from './src/browser.ts';
import { shopOfFile } from './src/index.ts';

const root = repositoryRoot();
const PICTURES = join(root, '.atlas/test/storefront-looks');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE = { timeout: 60_000 };

const shop = shopOfFile();
let browser: Browser;
let axe = '';
const open: Watched[] = [];

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  axe = await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
  browser = await startChromium();
});

afterAll(() => browser?.close());

/** Mishaps that a test brings about. They may be told late, and more than once; others fail it. */
let brought: RegExp | undefined;

afterEach(async () => {
  const awaited = brought;
  brought = undefined;
  for (const { mishaps, context } of open.splice(0)) {
    await context.close();
    expect(mishaps.filter((text) => !awaited?.test(text))).toEqual([]);
  }
});

async function visit(): Promise<Page> {
  const watched = await openWindow(browser, shop().stack.edgeUrl);
  watched.page.setDefaultTimeout(PATIENCE.timeout);
  open.push(watched);
  return watched.page;
}

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** Everything that axe finds on the page, in words. The page's policy allows no foreign script; this is the test's. */
async function findings(page: Page): Promise<string[]> {
  const found = await page.evaluate<readonly Finding[]>(
    `${axe};axe.run(document,{runOnly:${JSON.stringify(RULES)}}).then(({violations})=>violations)`,
  );
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`,
  );
}

/** The first is what WCAG asks for: a page of 1,280 pixels at 400 % (1.4.10). */
const SCREENS = [
  { width: 320, height: 640 },
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
  { width: 3840, height: 2160 },
] as const;

/** Looks at a page in both schemes on every screen: axe finds nothing, nothing sticks out, and it is kept as a picture. */
async function lookAt(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const ground = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const [red = 0] = (ground.match(/\d+/g) ?? []).map(Number);
    expect(red < 128, `${name}, ${colorScheme}: ${ground}`).toBe(colorScheme === 'dark');
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide, `${name} at ${screen.width}`).toBeLessThanOrEqual(screen.width);
      if (screen.width === 360 || screen.width === 1440)
        await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${screen.width}.png`) });
      if (screen.width === (colorScheme === 'light' ? 360 : 1440))
        expect(await findings(page), `${name}, ${colorScheme}, ${screen.width}`).toEqual([]);
    }
  }
  await page.setViewportSize(SCREENS[3]);
}

const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor(PATIENCE);

/** With one kind of goods in it. */
async function lookAtCart(page: Page): Promise<void> {
  await addFirst(page, 'kettle');
  await page.goto('/cart');
  await page.locator('.line img').first().waitFor(PATIENCE);
}

async function addFirst(page: Page, q: string): Promise<void> {
  await page.goto(`/?q=${q}`);
  const confirmed = cartConfirmed(page);
  await page.locator('.card', { hasText: 'In stock' }).first().getByRole('button').click();
  await page.getByRole('status').filter({ hasText: 'in your cart' }).waitFor(PATIENCE);
  await confirmed;
}

async function fillAddress(page: Page): Promise<void> {
  for (const [label, text] of [
    ['Full name', 'Grace Hopper'],
    ['Street and number', 'Harbour Road 12'],
    ['Postcode', 'T12 XY'],
    ['City', 'Cork'],
  ] as const)
    await page.getByLabel(label).fill(text);
}

/** As the edge refuses; the browser's console tells the status. */
const refusal = (code: string, details = {}) => ({
  status: 409,
  contentType: 'application/problem+json',
  body: JSON.stringify({ code, title: 'No', status: 409, details }),
});

test('axe finds nothing on any page, light and dark, and each fits from 320 pixels to 4K', async () => {
  const page = await visit();
  await page.goto('/');
  await page.locator('.card').first().waitFor(PATIENCE);
  await lookAt(page, 'browse');
  await page.goto('/?q=qqqq');
  await page.getByText('Nothing found').waitFor(PATIENCE);
  await lookAt(page, 'nothing-found');
  await page.goto('/cart');
  await heading(page, 'Your cart is empty');
  await lookAt(page, 'empty-cart');
  await page.goto('/orders');
  await heading(page, 'You have not ordered yet');
  await lookAt(page, 'no-orders');
  await addFirst(page, 'mug');
  await page.locator('.card').first().getByRole('link').click();
  await page.getByRole('button', { name: 'Add to cart' }).waitFor(PATIENCE);
  await lookAt(page, 'product');
  await page.getByRole('link', { name: /^Cart/ }).click();
  await page.locator('.line img').first().waitFor(PATIENCE);
  await lookAt(page, 'cart');
  await page.getByRole('link', { name: 'Check out' }).click();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByText('Please tell us the city.').waitFor(PATIENCE);
  expect(await page.getByLabel('Full name').evaluate((field) => field.matches(':focus'))).toBe(true);
  await lookAt(page, 'checkout');
  await fillAddress(page);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await heading(page, 'On its way to you');
  await lookAt(page, 'order');
  await page.getByRole('link', { name: 'Your orders' }).click();
  await heading(page, 'Your orders');
  await lookAt(page, 'orders');
});

test('what is still to come is an outline with a name, in which axe finds nothing', async () => {
  const page = await visit();
  await page.goto('/');
  const product = (await page.locator('.card-link').first().getAttribute('href')) ?? '';
  const held = Promise.withResolvers<void>();
  await page.route(/\/api\/(products\/|carts|orders)/, async (route) => {
    await held.promise;
    await route.continue().catch(() => undefined); // those of a page that was left have gone with it
  });
  for (const address of [product, '/cart', '/checkout', '/orders', '/orders/order-1']) {
    await page.goto(address);
    await page.locator('main [aria-busy=true]').waitFor(PATIENCE);
    await heading(page, /^Loading/);
    expect(await findings(page), address).toEqual([]);
  }
  await page.goto('/orders');
  held.resolve();
  await heading(page, 'You have not ordered yet');
});

test('an order whose bank takes its time is told kindly, and its page follows it by itself', async () => {
  const page = await visit();
  const order = {
    ...{ id: 'order-1', status: 'payment_pending', lines: [], totalCents: 1_290, shipment: null },
    payment: { status: 'unknown', declineCode: null },
  };
  await page.route('**/api/orders/order-1', (route) => route.fulfill({ json: order }));
  await page.goto('/orders/order-1');
  await heading(page, 'Waiting for the bank');
  await page.getByText('you will not be charged twice').waitFor(PATIENCE);
  await lookAt(page, 'order-waiting');
  for (const [status, told] of [
    ['paid', 'Thank you, it is paid'],
    ['shipped', 'On its way to you'],
  ] as const) {
    order.status = status;
    await heading(page, told);
  }
});

test('a wish that the shop refuses is taken back with a friendly word', async () => {
  brought = /quicker than us|status of 409/;
  const page = await visit();
  await lookAtCart(page);
  await page.route('**/api/carts/*/items/*', (route) => route.fulfill(refusal('out_of_stock')));
  await page.getByRole('button', { name: /^One more/ }).click();
  await page.getByRole('status').filter({ hasText: 'there are no more of' }).waitFor(PATIENCE);
  expect(await page.locator('.stepper output').textContent()).toBe('1');
});

test('what is paid is what was shown: a wish that is refused after Pay was pressed stops it', async () => {
  brought = /quicker than us|status of 409/;
  const page = await visit();
  await lookAtCart(page);
  const paid: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/checkout')) paid.push(request.url());
  });
  const pressed = Promise.withResolvers<void>();
  await page.route('**/api/carts/*/items/*', async (route) => {
    await pressed.promise;
    await route.fulfill(refusal('out_of_stock'));
  });
  await page.getByRole('button', { name: /^One more/ }).click();
  await page.getByRole('link', { name: 'Check out' }).click();
  await fillAddress(page);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByRole('status').filter({ hasText: 'Talking to the bank' }).waitFor(PATIENCE);
  pressed.resolve();
  await page.getByRole('alert').filter({ hasText: 'has changed meanwhile' }).waitFor(PATIENCE);
  expect(paid).toEqual([]);
});

test('a cart whose order waits for the bank leads to that order', async () => {
  brought = /status of 409/;
  const page = await visit();
  await addFirst(page, 'kettle');
  await page.goto('/checkout');
  await fillAddress(page);
  const waits = refusal('in_progress', { orderId: 'order-1' });
  await page.route('**/api/carts/*/checkout', (route) => route.fulfill(waits));
  await page.getByRole('button', { name: /^Pay/ }).click();
  const told = page.getByRole('alert').filter({ hasText: 'waiting for the bank' });
  await told.waitFor(PATIENCE);
  await expect.poll(() => told.evaluate((element) => element.matches(':focus'))).toBe(true);
  expect(await told.getByRole('link').getAttribute('href')).toBe('/orders/order-1');
  expect(await findings(page)).toEqual([]);
});

test('whoever asks for more by keyboard stays at the button, also when that is all', async () => {
  const page = await visit();
  await page.goto('/');
  await page.route('**/api/products?*cursor=*', (route) =>
    route.fulfill({ json: { items: [], nextCursor: null } }),
  );
  await page.getByRole('button', { name: 'Show more' }).press('Enter');
  const button = page.getByRole('button', { name: 'That is all' });
  await button.waitFor(PATIENCE);
  expect(await button.evaluate((element) => element.matches(':focus'))).toBe(true);
});

test('what is searched for from far down a page is shown from its top', async () => {
  const page = await visit();
  await page.goto('/');
  await page.locator('.card').first().waitFor(PATIENCE);
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  expect(await page.evaluate<number>('scrollY')).toBeGreaterThan(0);
  await page.getByRole('searchbox').fill('kettle');
  await heading(page, /Results for .kettle/);
  await page.locator('.card').first().waitFor(PATIENCE);
  expect(await page.evaluate<number>('scrollY')).toBe(0);
});

/** Whatever is looked at from now on has left the shelf. */
const sellOut = (page: Page) =>
  page.route('**/api/products/*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), stock: 0 } });
  });

test('whoever is told that something has sold out finds in the cart what it is', async () => {
  brought = /status of 409/;
  const page = await visit();
  await addFirst(page, 'kettle');
  await page.goto('/checkout');
  await fillAddress(page);
  await page.route('**/api/carts/*/checkout', (route) => route.fulfill(refusal('out_of_stock')));
  await sellOut(page);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByRole('alert').filter({ hasText: 'has just sold out' }).waitFor(PATIENCE);
  await page.getByRole('link', { name: 'Change the cart' }).click();
  await page.locator('.line', { hasText: 'Sold out' }).waitFor(PATIENCE);
  expect(await findings(page)).toEqual([]);
});

test('what an order that waits for the bank holds is not said to be sold out', async () => {
  const page = await visit();
  await addFirst(page, 'kettle');
  const order = {
    id: 'order-1',
    status: 'payment_pending',
    totalCents: 1_290,
    orderedAt: '2026-11-27T12:00Z',
  };
  await page.route('**/api/orders', (route) => route.fulfill({ json: { orders: [order] } }));
  await sellOut(page);
  const orders = page.waitForResponse('**/api/orders');
  await page.goto('/cart');
  await orders;
  await page.locator('.line img').first().waitFor(PATIENCE);
  expect(await page.locator('.line', { hasText: 'Sold out' }).count()).toBe(0);
  order.status = 'cancelled';
  await page.reload();
  await page.locator('.line', { hasText: 'Sold out' }).waitFor(PATIENCE);
});

test('what has just happened is said as long as pointer or focus are there', async () => {
  const page = await visit();
  await page.clock.install({ time: 0 });
  await page.goto('/');
  const add = page.locator('.card', { hasText: 'In stock' }).first().getByRole('button');
  await add.waitFor(PATIENCE);
  await page.clock.pauseAt(600_000);
  const confirmed = cartConfirmed(page);
  await add.click();
  await confirmed;
  const notice = page.locator('.notice');
  const afterAWhile = async (): Promise<string | null> => {
    await page.clock.runFor(60_000);
    return notice.getAttribute('data-shown');
  };
  await notice.hover();
  expect(await afterAWhile()).toBe('true');
  await notice.getByRole('link').focus();
  await page.mouse.move(0, 0);
  expect(await afterAWhile()).toBe('true');
  await page.getByRole('searchbox').focus();
  expect(await afterAWhile()).toBe('false');
});

test('going back from a search leads to where it began, however often somebody paused in it', async () => {
  const page = await visit();
  await page.goto('/cart');
  await heading(page, 'Your cart is empty');
  for (const q of ['ket', 'kettle', 'mug']) {
    await page.getByRole('searchbox').fill(q);
    await heading(page, `Results for “${q}”`);
  }
  await page.goBack();
  await heading(page, 'Your cart is empty');
});

test('an address with a search that is too long finds what its beginning finds', async () => {
  const page = await visit();
  await page.goto(`/?q=${'kettle%20'.repeat(30)}`);
  await page
    .locator('.card h2', { hasText: /kettle/i })
    .first()
    .waitFor(PATIENCE);
  expect((await page.getByRole('searchbox').inputValue()).length).toBeLessThanOrEqual(100);
});

test('whoever blocks cookies is told so, and what to do', async () => {
  brought = /cannot be shown/;
  const page = await visit();
  await page.addInitScript(
    `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })`,
  );
  await page.goto('/cart');
  await page.getByRole('alert').filter({ hasText: 'allow them for this page' }).waitFor(PATIENCE);
  expect(await findings(page)).toEqual([]);
  await page.goto('/');
  await page.locator('.card', { hasText: 'In stock' }).first().getByRole('button').click();
  await page.getByRole('status').filter({ hasText: 'Your browser blocks cookies' }).waitFor(PATIENCE);
});

test('whoever removes the last line by keyboard stays in the page', async () => {
  const page = await visit();
  await lookAtCart(page);
  await page.getByRole('button', { name: /^Remove/ }).press('Enter');
  await heading(page, 'Your cart is empty');
  expect(await page.locator('main').evaluate((element) => element.matches(':focus'))).toBe(true);
});

test('an unknown address is a page that leads back, and the page asks for less than 100 kB of script', async () => {
  brought = /nothing here/i;
  const page = await visit();
  await page.goto('/no/such/page');
  await heading(page, 'There is nothing here');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Browse products' }).click();
  await heading(page, 'Good things, fairly priced');
  const folder = join(root, 'dist/storefront/assets');
  const scripts = (await readdir(folder)).filter((file) => file.endsWith('.js'));
  const sizes = await Promise.all(
    scripts.map(async (file) => gzipSync(await readFile(join(folder, file))).length),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100_000);
});
