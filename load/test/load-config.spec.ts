import { describe, expect, it } from 'vitest';
import { checkLoadConfig, loadConfigFrom } from '../src/load-config.ts';
import { LOAD_DEFAULTS } from '../src/protocol.ts';

const edgeUrl = 'http://127.0.0.1:8080';

describe('the load configuration', () => {
  it('needs the shop only; the rest has defaults', () => {
    expect(checkLoadConfig({ edgeUrl })).toEqual({ edgeUrl, ...LOAD_DEFAULTS });
    expect(loadConfigFrom(JSON.stringify({ edgeUrl, seed: 7 }))).toMatchObject({ seed: 7, mode: 'replay' });
  });

  it.each([
    [{}, 'edgeUrl'],
    [{ edgeUrl: `${edgeUrl}/` }, 'edgeUrl'],
    [{ edgeUrl, speed: 3 }, 'speed'],
    [{ edgeUrl, peakRps: 0 }, 'peakRps'],
    [{ edgeUrl, peakRps: 'fast' }, 'peakRps'],
    [{ edgeUrl, trace: { file: 'x' } }, 'trace'],
    [{ edgeUrl, seed: 1.5 }, 'seed'],
    [{ edgeUrl, durationS: 0 }, 'durationS'],
    [{ edgeUrl, mode: 'calm' }, 'mode'],
    ['text', 'not a JSON object'],
  ])('refuses %j by naming %s', (given, key) => {
    expect(() => checkLoadConfig(given)).toThrow(key);
  });
});
