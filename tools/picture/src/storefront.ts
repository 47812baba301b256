import { chromiumPath } from '@atlas/stack';
import type { Page } from 'playwright-core';

const SIZE = { width: 1360, height: 850 };

export const typeOf = (path: string): 'jpeg' | 'png' => (/\.jpe?g$/i.test(path) ? 'jpeg' : 'png');

/** Fills a cart a little, so that the picture shows a shop in use. */
async function shopAround(page: Page): Promise<void> {
  await page.locator('.card img').nth(9).waitFor();
  await page.waitForLoadState('networkidle');
  await page
    .getByRole('button', { name: /^Add to cart/ })
    .first()
    .click();
  await page.locator('.count').waitFor();
  await page.mouse.move(0, 0);
}

/**
 * Takes a picture of a running shop's first page.
 * @throws Error without a Chromium (ATLAS_CHROMIUM) or without an answer.
 */
export async function pictureStorefront(edgeUrl: string, path: string, dark: boolean): Promise<void> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('no Chromium; set ATLAS_CHROMIUM to its path');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox'] });
  try {
    const page = await browser.newPage({
      viewport: SIZE,
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(edgeUrl);
    await shopAround(page);
    await page.screenshot({ path, type: typeOf(path) });
  } finally {
    await browser.close();
  }
}
