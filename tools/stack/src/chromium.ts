import { existsSync } from 'node:fs';

const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where a Chromium is: what ATLAS_CHROMIUM says, or where systems put one; undefined: nowhere. */
export const chromiumPath = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  [env['ATLAS_CHROMIUM'], ...KNOWN].find((path) => path !== undefined && existsSync(path));
