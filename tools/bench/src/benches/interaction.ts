/** How soon the storefront shows that it was touched, as browsers measure it: a real Chromium, a real shop. */
import { chromiumPath } from '@atlas/stack';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Bench } from '../bench.ts';
import { withBrowser } from '../browser.ts';
import { withShop } from '../shop-run.ts';
import { quantile } from '../statistics.ts';

/** Each step begins with at least one interaction; it goes on when the page shows what it led to. */
type Step = (page: Page) => Promise<void>;

const WITHIN = { timeout: 20_000 };

const cartHolds = (page: Page, items: number): Promise<void> =>
  page.getByRole('link', { name: `Cart, ${items} item` }).waitFor(WITHIN);
const headline = (page: Page, name: RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor(WITHIN);

const STEPS: readonly Step[] = [
  async (page) => {
    await page.getByRole('searchbox').click();
    await page.keyboard.type('mug', { delay: 60 });
    await headline(page, /Results for .mug/);
  },
  async (page) => {
    await page.locator('.card', { hasText: 'In stock' }).first().getByRole('link').click();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await cartHolds(page, 1);
  },
  async (page) => {
    await page.getByRole('link', { name: /Cart, 1 item/ }).click();
    await page.getByRole('button', { name: /One more/ }).click();
    await cartHolds(page, 2);
    await page.getByRole('button', { name: /One less/ }).click();
    await cartHolds(page, 1);
  },
  async (page) => {
    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Full name').fill('');
    await page.keyboard.type('Grace Hopper', { delay: 30 });
    await page.getByLabel('Street and number').fill('Harbour Road 12');
    await page.getByLabel('Postcode').fill('T12 XY');
    await page.getByLabel('City').fill('Cork');
    await page.getByLabel('A card that works').check();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await headline(page, /On its way to you/);
  },
];

/** Browsers tell no event that took less, and round the others to 8 ms (Event Timing, W3C). */
const LEAST_MS = 16;

/** Runs in the page before anything else: keeps the longest event of each interaction, and counts interactions. */
const OBSERVE = `
  window.atlasTouched = 0;
  window.atlasSlow = {};
  for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => { window.atlasTouched += 1; }, true);
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId) window.atlasSlow[interactionId] = Math.max(duration, window.atlasSlow[interactionId] ?? 0);
  }).observe({ type: 'event', durationThreshold: ${LEAST_MS}, buffered: true });
`;

interface Observed {
  readonly touched: number;
  /** Interactions that were told, ms. */
  readonly told: readonly number[];
}

/** One purchase by a new visitor. @returns what each interaction took until the next frame, ms. */
async function purchase(browser: Browser, origin: string): Promise<number[]> {
  const context = await browser.newContext({ baseURL: origin });
  try {
    await context.addInitScript({ content: OBSERVE });
    const page = await context.newPage();
    await page.goto('/');
    await page.locator('.card img').nth(3).waitFor(WITHIN);
    for (const step of STEPS) await step(page);
    await page.waitForTimeout(100); // entries come with the frames after
    const { touched, told } = await page.evaluate<Observed>(
      '({ touched: window.atlasTouched, told: Object.values(window.atlasSlow) })',
    );
    return [...told, ...Array.from({ length: Math.max(0, touched - told.length) }, () => LEAST_MS)];
  } finally {
    await context.close();
  }
}

export const interaction: Bench = {
  name: 'interaction',
  about: 'a purchase in a real Chromium: from a touch of mouse or key to the next frame',
  needsStack: true,
  missing: () =>
    chromiumPath() === undefined ? 'there is no Chromium; set ATLAS_CHROMIUM to its path' : undefined,
  rows: [
    {
      name: 'interaction.p98Ms',
      unit: 'ms',
      goal: { atMost: 100 },
      about:
        'Interaction to next paint, 98th percentile over all interactions of all purchases (8 ms steps).',
    },
    { name: 'interaction.worstMs', unit: 'ms', about: 'The slowest of them.' },
    { name: 'interaction.p50Ms', unit: 'ms', about: 'Their median; what is below 16 ms counts as 16.' },
  ],
  run: (context) =>
    withShop(context, {}, async ({ stack }) => {
      const executablePath = chromiumPath();
      if (executablePath === undefined) throw new Error('no Chromium');
      return withBrowser(context, { type: chromium, executablePath }, async (browser) => {
        const rounds: number[][] = [];
        for (let round = 1; round <= context.rounds; round += 1) {
          rounds.push(await purchase(browser, stack.edgeUrl));
          context.say(`purchase ${round} of ${context.rounds}`);
        }
        const all = rounds.flat();
        return {
          values: {
            'interaction.p98Ms': quantile(all, 0.98),
            'interaction.worstMs': Math.max(...all),
            'interaction.p50Ms': quantile(all, 0.5),
          },
          samples: { 'slowest of each purchase, ms': rounds.map((times) => Math.max(...times)) },
          facts: { interactions: all.length, browser: browser.version() },
        };
      });
    }),
};
