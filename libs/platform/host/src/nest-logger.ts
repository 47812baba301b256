import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@atlas/platform-telemetry';

/** Nest's messages as log lines; its chatter at start is `debug`. */
export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = rest.at(-1);
      const fields = {
        nest: typeof context === 'string' ? context : undefined,
        ...(message instanceof Error ? { err: message } : {}),
        ...(level === 'error' && rest.length > 1 ? { stack: rest[0] } : {}),
      };
      logger[level](fields, message instanceof Error ? message.message : String(message));
    };
  return {
    log: at('debug'),
    debug: at('debug'),
    verbose: at('debug'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
