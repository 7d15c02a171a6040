import { expect, test } from 'vitest';
import { exitCodeOf } from './end-frame.ts';

test.each([
  [['end', '0', 'none'], 0],
  [['end', '137', 'held'], 137],
])('an end frame %j tells an exit code', (frame, code) => {
  expect(exitCodeOf(frame)).toBe(code);
});

test.each([[undefined], [[]], [['end']], [['end', '']], [['end', 'x', 'none']], [['end', '-1']], [['end', '0x1']], [['end', '1000']]])(
  'an end frame %j tells none',
  (frame) => {
    expect(exitCodeOf(frame)).toBeUndefined();
  },
);
