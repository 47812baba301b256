import type { Browser, BrowserType } from 'playwright-core';
import type { BenchContext } from './bench.ts';

/** Signals mean an orderly stop here. At Ctrl-C Playwright would end this process before the shop is down. */
const NOT_BY_SIGNAL = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false } as const;

/** Runs `work` with a browser, which is closed at the end, or as soon as `signal` fires: `work` fails then. */
export async function withBrowser<T>(
  { signal }: Pick<BenchContext, 'signal'>,
  { type, executablePath }: { readonly type: Pick<BrowserType, 'launch'>; readonly executablePath: string },
  work: (browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await type.launch({
    ...{ executablePath, args: ['--headless', '--no-sandbox'] },
    ...NOT_BY_SIGNAL,
  });
  const close = (): void => void browser.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    return await work(browser);
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
  }
}
