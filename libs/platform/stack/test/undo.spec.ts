import { expect, test } from 'vitest';
import { Undo } from '../src/undo.ts';

test('all is undone, last one first, also when a step fails, which is told at the end', async () => {
  const undo = new Undo();
  const undone: string[] = [];
  undo.add(() => void undone.push('lock'));
  undo.add(() => Promise.reject(new Error('the disk is full')));
  undo.add(() => void undone.push('hosts'));
  await expect(undo.run()).rejects.toThrow('the disk is full');
  expect(undone).toEqual(['hosts', 'lock']);
  await undo.run();
  expect(undone).toHaveLength(2);
});
