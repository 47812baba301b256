/**
 * A process that has loaded the code of every service, and is nobody yet.
 *
 * P1  It knows no secret and holds no connection before it is told what to be: credentials come with the assignment,
 *     through the channel that only its switcher writes, and only those of that service.
 * P2  It becomes one service, once, and is a host like any other from then on.
 * P3  A switcher that goes takes its blank spares with it: the end of the channel ends them.
 */

/** Starts one service in this process; its log goes to that file. */
export type Become = (logFile: string) => Promise<void>;

/** What the switcher tells a spare. */
export interface Assignment {
  readonly app: string;
  /** The service's whole environment: every `ATLAS_` variable is replaced. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** What a spare says when it has loaded everything. */
export const BLANK = 'blank';

function isAssignment(message: unknown): message is Assignment {
  const { app, env, logFile } = Object(message) as Partial<Record<keyof Assignment, unknown>>;
  return typeof app === 'string' && typeof env === 'object' && env !== null && typeof logFile === 'string';
}

function takeOn(env: Assignment['env']): void {
  for (const key of Object.keys(process.env)) if (key.startsWith('ATLAS_')) delete process.env[key];
  Object.assign(process.env, env);
}

/** Waits to be told what to be (P1–P3). Without a channel it says so and ends. */
export function bootSpare(services: Readonly<Record<string, Become>>): void {
  if (process.send === undefined) {
    process.stderr.write('a spare is started by the switcher, which tells it what to become\n');
    process.exit(1);
  }
  const gone = (): never => process.exit(0);
  if (!process.connected) gone(); // while it was loading
  process.once('disconnect', gone);
  process.once('message', (message: unknown) => {
    const become = isAssignment(message) ? services[message.app] : undefined;
    if (!isAssignment(message) || become === undefined) {
      process.stderr.write('this spare was told something that it cannot become\n');
      process.exit(1);
    }
    process.off('disconnect', gone);
    process.disconnect();
    takeOn(message.env);
    void become(message.logFile);
  });
  process.send(BLANK);
}
