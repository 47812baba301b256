import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pictureOf } from '../src/edge/picture.ts';

/** The drawing alone, whatever its colour. */
const drawn = (id: string): string =>
  (/<g id="piece">.*?<\/g><\/defs>/s.exec(pictureOf(id))?.[0] ?? '').replaceAll(/hsl\([^)]*\)/g, '');

test('every valid id has a picture of 4 : 3, the same each time, without script, style or outside address', () => {
  const id = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
  fc.assert(
    fc.property(id, (any) => {
      const picture = pictureOf(any);
      expect(picture).toBe(pictureOf(any));
      expect(picture).toMatch(/^<svg [^>]*viewBox="0 0 400 300"/);
      expect(picture).not.toMatch(/<script|<style|style=|href="(?!#)|undefined|NaN/);
    }),
    { examples: [['constructor'], ['a-constructor'], ['valueof']] },
  );
});

test('the longest name in an id chooses the drawing; what is not known is a parcel', () => {
  expect(drawn('fjellvind-camp-mug-mustard')).not.toBe(drawn('halden-stoneware-mug-mustard'));
  expect(drawn('blue-mug')).toBe(drawn('thick-mug'));
  expect(drawn('quantum-flux')).toBe(drawn('a-parcel'));
});

test('variants show: colour, grain of wood, size, and how many there are in a set', () => {
  expect(pictureOf('kvist-wall-clock-oak')).toContain('id="n"');
  expect(pictureOf('heathwork-merino-jumper-navy')).not.toContain('id="n"');
  expect(pictureOf('heathwork-merino-jumper-navy')).not.toBe(pictureOf('heathwork-merino-jumper-rust'));
  expect(pictureOf('castell-pasta-bowl-set-of-six').match(/<use /g)).toHaveLength(6);
  expect(pictureOf('castell-storage-jar-mini')).not.toBe(pictureOf('castell-storage-jar-large'));
});

test('books and boxed games carry a cover of their own', () => {
  expect(drawn('the-slow-loaf-hardback')).not.toBe(drawn('soup-mostly-hardback'));
  expect(drawn('oak-dice-word-garden-travel-edition')).not.toBe(
    drawn('oak-dice-harbour-masters-travel-edition'),
  );
});
