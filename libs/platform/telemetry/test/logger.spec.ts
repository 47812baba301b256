import { createLogger, hideCredentials, withoutSecrets } from '../src/index.ts';
import { describe, expect, it } from 'vitest';

function lines(level = 'info') {
  const written: string[] = [];
  const logger = createLogger({
    instance: 'cart-0',
    level,
    destination: { write: (line) => void written.push(line) },
  });
  return { logger, written };
}

describe('the logger', () => {
  it('writes one JSON object per line with instance, level word and ISO time', () => {
    const { logger, written } = lines();
    logger.info({ epoch: 3 }, 'committed');
    logger.debug('left out');
    expect(written).toHaveLength(1);
    const line = JSON.parse(written[0] ?? '') as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'info', instance: 'cart-0', epoch: 3, msg: 'committed' });
    expect(new Date(String(line['time'])).getTime()).toBeGreaterThan(0);
  });

  it('hides secrets in fields and in the URLs of errors', () => {
    const { logger, written } = lines();
    logger.info({ token: 'tok_ok', headers: { authorization: 'Bearer x1', cookie: 'y1' } }, 'm');
    logger.error({ err: new Error('cannot reach postgres://cart:hunter2@127.0.0.1/atlas') }, 'm');
    const text = written.join('');
    for (const secret of ['tok_ok', 'x1', 'y1', 'hunter2']) expect(text).not.toContain(secret);
    expect(text).toContain('postgres://cart:***@127.0.0.1/atlas');
    expect(hideCredentials('no url: a@b')).toBe('no url: a@b');
  });

  it('takes secrets out of what is kept, however deep, and leaves the rest', () => {
    const input = {
      cartId: 'c',
      payment: { token: 'tok_ok' },
      lines: [{ card: 1, quantity: 2 }],
      address: {},
    };
    expect(withoutSecrets(input)).toEqual({
      ...{ cartId: 'c', payment: { token: '[hidden]' } },
      ...{ lines: [{ card: '[hidden]', quantity: 2 }], address: '[hidden]' },
    });
    expect(withoutSecrets(undefined)).toBeUndefined();
  });
});
