import { resolve } from 'node:path';

/** Where the person stood when calling npm, which runs scripts in the repository's root; without npm, `cwd`. */
export const calledFrom = (env: Readonly<Record<string, string | undefined>>, cwd: string): string =>
  env['INIT_CWD'] ?? cwd;

/** A path of this process's command line, as seen from there. */
export const pathFromHere = (path: string): string => resolve(calledFrom(process.env, process.cwd()), path);
