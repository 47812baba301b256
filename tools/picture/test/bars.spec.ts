import { describe, expect, it } from 'vitest';
import { drawBench, timesGoal } from '../src/index.ts';

describe('bars of a bench report', () => {
  it('are as long as the row is times better than its goal, whichever way the goal points', () => {
    expect(timesGoal({ value: 10, goal: '≥ 5' })).toBe(2);
    expect(timesGoal({ value: 125, goal: '≤ 250' })).toBe(2);
    expect(timesGoal({ value: 0.4, goal: '≥ 0.8' })).toBe(0.5);
  });

  it('end where the drawing does, also for what is less than nothing', () => {
    expect(timesGoal({ value: -3, goal: '≤ 10' })).toBe(32);
    expect(timesGoal({ value: 0.001, goal: '≥ 5' })).toBe(0.25);
    expect(() => timesGoal({ value: 1, goal: 'fast' })).toThrow('no goal');
  });

  it('show every row that has a goal, met or missed, and no other', () => {
    const row = { value: 2, unit: '×' };
    const svg = drawBench(
      [
        { ...row, name: 'a.met', goal: '≥ 1', met: true },
        { ...row, name: 'b.missed', goal: '≥ 4', met: false },
        { ...row, name: 'c.reported', goal: null, met: null },
      ],
      '1 of 2 goals met',
    );
    expect(svg.match(/class="met"/g)).toHaveLength(1);
    expect(svg.match(/class="missed"/g)).toHaveLength(1);
    expect(svg).not.toContain('c.reported');
  });
});
