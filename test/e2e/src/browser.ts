/** A real Chromium, and everything in it that must not happen. */
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error when ATLAS_CHROMIUM does not say where it is. */
export function startChromium(): Promise<Browser> {
  const executablePath = process.env['ATLAS_CHROMIUM'];
  if (!executablePath) throw new Error('ATLAS_CHROMIUM: set it to the path of a Chromium');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** One person's window, and what went wrong in it. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /**
   * Page errors, console errors, answers from 500 up, requests to another origin, breaches of the content security
   * policy, and texts of trouble that were shown at any moment, however short.
   */
  readonly mishaps: readonly string[];
}

/** Runs in the page before anything else in it: tells breaches, and words for what went wrong as soon as they show. */
const WATCH = `
  document.addEventListener('securitypolicyviolation', (event) => {
    atlasTold('content security policy: ' + event.violatedDirective + ' ' + event.blockedURI);
  });
  new MutationObserver(() => {
    const words = /cannot be (shown|reached)|could not be|went wrong|there is nothing here|page has slipped|quicker than us|as it was before/i;
    const found = words.exec(document.body?.textContent ?? '');
    if (found !== null) atlasTold('shown: ' + found.input.slice(Math.max(0, found.index - 40), found.index + 60));
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;

/** Opens a window on the shop. A refused card (402) is told in the console by the browser itself; it is no mishap. */
export async function openWindow(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ baseURL: origin, ...options });
  const mishaps: string[] = [];
  await context.exposeFunction('atlasTold', (text: string) => void mishaps.push(text));
  await context.addInitScript({ content: WATCH });
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) mishaps.push(`asked ${url.href}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) mishaps.push(`${response.status()} for ${response.url()}`);
  });
  context.on('weberror', (error) => mishaps.push(`page error: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 402')) {
      mishaps.push(`console: ${message.text()} ${message.location().url}`);
    }
  });
  return { page: await context.newPage(), context, mishaps };
}

/** What the page says is in the cart, it says at once: whoever leaves it before the shop's answer takes the wish along. */
export const cartConfirmed = (page: Page): Promise<unknown> =>
  page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok(), {
    timeout: 60_000,
  });

/** Presses Tab until what has the focus answers to `role` and `name`. @throws Error after 80 times. */
export async function tabTo(page: Page, role: 'link' | 'button' | 'textbox' | 'searchbox', name: RegExp) {
  const target = page.getByRole(role, { name }).first();
  for (let pressed = 0; pressed < 80; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element.matches(':focus'))) return;
  }
  throw new Error(`80 times Tab do not lead to the ${role} ${String(name)}`);
}
