/** A real Chromium, and everything in it that must not happen. */
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

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

/** Words of the storefront for what went wrong; none may be shown. */
const TROUBLE = /cannot be (shown|reached)|could not be|something went wrong|there is nothing here/i;

/** @throws Error when ATLAS_CHROMIUM does not say where it is. */
export function startChromium(): Promise<Browser> {
  const executablePath = process.env['ATLAS_CHROMIUM'];
  if (!executablePath) throw new Error('ATLAS_CHROMIUM: set it to the path of a Chromium');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** One person's window; what happens in it is written down. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Page errors, console errors, requests to another origin, breaches of the content security policy. */
  readonly mishaps: readonly string[];
  /** Texts of trouble that were shown at any moment, however short. */
  troubles(): Promise<readonly string[]>;
}

/** Opens a window on the shop; a 4xx answer to a call that asks for it is no mishap. */
export async function openWindow(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({ baseURL: origin, ...options });
  const mishaps: string[] = [];
  const shown: string[] = [];
  await context.exposeFunction('atlasTold', (kind: 'shown' | 'mishap', text: string) => {
    (kind === 'shown' ? shown : mishaps).push(text);
  });
  await context.addInitScript(watchPage, TROUBLE.source);
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) mishaps.push(`asked another origin: ${url.href}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) mishaps.push(`${response.status()} for ${response.url()}`);
  });
  context.on('weberror', (error) => mishaps.push(`page error: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() !== 'error' || /status of 4\d\d/.test(message.text())) return;
    mishaps.push(`console: ${message.text()}`);
  });
  const page = await context.newPage();
  return { page, context, mishaps, troubles: () => Promise.resolve(shown) };
}

/** Runs in the page, before anything else in it. */
function watchPage(trouble: string): void {
  const told = (window as Window2).atlasTold;
  document.addEventListener('securitypolicyviolation', (event) => {
    void told('mishap', `content security policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
  const words = new RegExp(trouble, 'i');
  new MutationObserver(() => {
    const text = document.body?.innerText ?? '';
    const line = text.split('\n').find((one) => words.test(one));
    if (line !== undefined) void told('shown', line);
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

interface Window2 {
  readonly atlasTold: (kind: 'shown' | 'mishap', text: string) => Promise<void>;
}
