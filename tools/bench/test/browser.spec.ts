import type { Browser, LaunchOptions } from 'playwright-core';
import { expect, it } from 'vitest';
import { withBrowser } from '../src/browser.ts';

/** Like Playwright it takes signals for the end of this process, unless it is told not to. */
function fakeChromium() {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  const chromium = {
    closes: 0,
    endsAt: [] as string[],
    /** Fails once the browser is closed, as every wait for a page does. */
    waitForPage: (): Promise<never> => closed.promise,
    launch: ({
      handleSIGINT = true,
      handleSIGTERM = true,
      handleSIGHUP = true,
    }: LaunchOptions = {}): Promise<Browser> => {
      const handled = { SIGINT: handleSIGINT, SIGTERM: handleSIGTERM, SIGHUP: handleSIGHUP };
      chromium.endsAt = Object.entries(handled).flatMap(([name, is]) => (is ? [name] : []));
      const close = (): Promise<void> => {
        chromium.closes += 1;
        closed.reject(new Error('the browser has been closed'));
        return Promise.resolve();
      };
      return Promise.resolve({ close } as Browser);
    },
  };
  return chromium;
}

it('a browser is closed at an interruption, and none of its signals ends the process before the shop is down', async () => {
  const type = fakeChromium();
  const over = new AbortController();
  const seen = withBrowser(over, { type, executablePath: '/c' }, () => {
    over.abort();
    return type.waitForPage();
  });
  await expect(seen).rejects.toThrow('the browser has been closed');
  expect(type.closes).toBeGreaterThan(0);
  expect(type.endsAt).toEqual([]);
});

it('a browser that is there only after the interruption is closed, and shows nothing', async () => {
  const type = fakeChromium();
  const signal = AbortSignal.abort();
  const seen = withBrowser({ signal }, { type, executablePath: '/c' }, () => Promise.resolve('seen'));
  await expect(seen).rejects.toBe(signal.reason);
  expect(type.closes).toBe(1);
});
