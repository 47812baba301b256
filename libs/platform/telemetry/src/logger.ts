import pino, { type DestinationStream, type Logger } from 'pino';
import { LINES_LOST, logDestination, type LogDestinationOptions } from './log-destination.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** Instance or app; on every line. */
  readonly instance: string;
  readonly level: string;
  /** A file to append to, instead of standard output; made when missing, for its owner only. */
  readonly file?: string | undefined;
  /** Standard output or `file` by default (`log-destination.ts`). */
  readonly destination?: DestinationStream;
  /** How bytes get there; as the system does by default. */
  readonly write?: LogDestinationOptions['write'];
}

/** Fields that never reach a log, at the top and one level down. */
const HIDDEN = ['authorization', 'cookie', 'token', 'password', 'secret', 'card', 'address'];
const CENSOR = '[hidden]';

/** A copy of what is JSON, at any depth without what never reaches a log: for what is kept to be looked at later. */
export const withoutSecrets = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value, (name, part: unknown) => (HIDDEN.includes(name) ? CENSOR : part)));

const CREDENTIALS_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi;

/** Hides the password of every URL in a text. */
export const hideCredentials = (text: string): string => text.replace(CREDENTIALS_IN_URL, '$1:***@');

function scrubError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const plain = pino.stdSerializers.err(error);
  return {
    type: plain.type,
    message: hideCredentials(plain.message),
    ...('code' in error ? { code: error.code } : {}),
    stack: hideCredentials(plain.stack),
  };
}

/** A logger that writes JSON lines with ISO times, without secrets. */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { instance: options.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: HIDDEN.flatMap((field) => [field, `*.${field}`]), censor: CENSOR },
      serializers: { err: scrubError, error: scrubError },
    },
    options.destination ?? destinationOf(options),
  );
}

const destinationOf = ({ file, instance, write }: LoggerOptions): DestinationStream =>
  logDestination({
    to: file ?? 1,
    missing: (lost) =>
      JSON.stringify({ level: 'warn', time: new Date().toISOString(), instance, lost, msg: LINES_LOST }),
    ...(write === undefined ? {} : { write }),
  });
