import { ConfigError, defineConfig, loadConfig } from '../src/index.ts';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

const spec = defineConfig({
  ATLAS_PORT: { type: 'port', default: 8080, describe: 'port of the edge' },
  ATLAS_SECRET: { type: 'text', pattern: /^.{8,}$/, secret: true, describe: 'signing key' },
  ATLAS_LEVEL: { type: 'choice', of: ['info', 'debug'], default: 'info', describe: 'log level' },
  ATLAS_DIR: { type: 'text', optional: true, describe: 'a folder' },
  ATLAS_URL: { type: 'url', protocols: ['http:'], default: 'http://127.0.0.1:1', describe: 'a server' },
  ATLAS_COUNT: { type: 'integer', min: 1, max: 60, default: 6, describe: 'connections' },
});
const good = { ATLAS_SECRET: 'long enough' };

function refusal(env: Record<string, string | undefined>): ConfigError {
  try {
    loadConfig(spec, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('loadConfig', () => {
  it('prefers the environment, falls back to the default, leaves optional keys undefined and freezes', () => {
    const config = loadConfig(spec, { ...good, ATLAS_PORT: '0', HOME: '/' });
    expect(config).toEqual({
      ATLAS_PORT: 0,
      ATLAS_SECRET: 'long enough',
      ATLAS_LEVEL: 'info',
      ATLAS_DIR: undefined,
      ATLAS_URL: 'http://127.0.0.1:1',
      ATLAS_COUNT: 6,
    });
    expect(Object.isFrozen(config)).toBe(true);
    expectTypeOf(config.ATLAS_LEVEL).toEqualTypeOf<'info' | 'debug'>();
    expectTypeOf(config.ATLAS_DIR).toEqualTypeOf<string | undefined>();
    expectTypeOf(config.ATLAS_PORT).toEqualTypeOf<number>();
  });

  it.each([
    ['ATLAS_PORT', '70000', 'ATLAS_PORT = "70000" is not a port from 0 to 65535'],
    ['ATLAS_PORT', '80a', 'ATLAS_PORT = "80a" is not a port from 0 to 65535'],
    ['ATLAS_COUNT', '1e1', 'ATLAS_COUNT = "1e1" is not an integer from 1 to 60'],
    ['ATLAS_LEVEL', 'loud', 'ATLAS_LEVEL = "loud" is none of info, debug'],
    [
      'ATLAS_URL',
      'http://a/',
      'ATLAS_URL = "http://a/" is not a URL of the form http://… without trailing slash',
    ],
    [
      'ATLAS_URL',
      'ftp://a',
      'ATLAS_URL = "ftp://a" is not a URL of the form http://… without trailing slash',
    ],
  ])('refuses %s=%s by name', (key, value, message) => {
    expect(refusal({ ...good, [key]: value }).message).toBe(message);
  });

  it('refuses unknown keys and suggests the near one', () => {
    expect(refusal({ ...good, ATLAS_PROT: '1' }).message).toBe(
      'ATLAS_PROT is not known here; did you mean ATLAS_PORT?',
    );
    expect(refusal({ ...good, ATLAS_SOMETHING_ELSE: '1' }).message).toBe(
      'ATLAS_SOMETHING_ELSE is not known here; remove it',
    );
  });

  it('names a missing secret, also when it is empty, and what it is for', () => {
    expect(refusal({}).message).toBe('ATLAS_SECRET is missing (signing key)');
    expect(refusal({ ATLAS_SECRET: '' }).keys).toEqual(['ATLAS_SECRET']);
  });

  it('never prints a secret and always answers in one line', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3, maxLength: 7, unit: fc.constantFrom(...'xyzw') }), (secret) => {
        const { message } = refusal({ ATLAS_SECRET: secret, ATLAS_PORT: 'p\nq' });
        expect(message).not.toContain(secret);
        expect(message).not.toContain('\n');
        expect(message).toContain('ATLAS_SECRET the value does not match');
      }),
    );
  });

  it('never throws anything but ConfigError, whatever the environment holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(spec), 'ATLAS_ZZZ', 'PATH'), fc.string()),
        (env) => {
          try {
            loadConfig(spec, env);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
    );
  });

  it('does not take a key from the prototype for a known one', () => {
    expect(() => defineConfig({ ATLAS_lower: { type: 'port', describe: '' } })).toThrow(TypeError);
  });
});
