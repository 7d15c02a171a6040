import { describe, expect, test } from 'vitest';
import { formatAge, formatSize, parseDuration, parseSize } from './units.ts';

describe('a duration', () => {
  test.for([
    ['1ms', 1],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['24d', 2_073_600_000],
    ['2147483647ms', 2_147_483_647],
  ] as const)('%s has %i ms', ([text, ms]) => {
    expect(parseDuration('--timeout', text)).toBe(ms);
  });

  test.for(['', '5', '5 s', ' 5s', '5s ', '-5s', '+5s', '5S', '5sec', '.5s', '5.s', '1.2.3s', '1e3s', 'NaN', 'Infinity', '5s5', '1h 30m'])(
    "'%s' is none",
    (text) => {
      expect(() => parseDuration('--timeout', text)).toThrow(`--timeout: '${text}' is no duration. Allowed: a number with a unit`);
    },
  );

  test.for(['0ms', '0s', '0.4ms', '2147483648ms', '25d', '99999999999999999999d'])('%s is out of range', (text) => {
    expect(() => parseDuration('--timeout', text)).toThrow(`--timeout: '${text}' is out of range. Allowed: 1ms to 24d.`);
  });
});

describe('a size', () => {
  test.for([
    ['0B', 0],
    ['64KiB', 65_536],
    ['10MB', 10_000_000],
    ['32MiB', 33_554_432],
  ] as const)('%s has %i bytes', ([text, bytes]) => {
    expect(parseSize('--max-output', text)).toBe(bytes);
  });

  test.for(['', '64', '1.5KiB', '-1B', '64kb', '64 KiB', '1TiB'])("'%s' is none", (text) => {
    expect(() => parseSize('--max-output', text)).toThrow(`--max-output: '${text}' is no size. Allowed:`);
  });

  test.for(['33554433B', '1GiB'])('%s is out of range', (text) => {
    expect(() => parseSize('--max-output', text)).toThrow(`--max-output: '${text}' is out of range. Allowed: 0B to 32MiB.`);
  });
});

test.for([
  [0, '0B'],
  [1023, '1023B'],
  [1536, '1.5KiB'],
  [33_554_432, '32MiB'],
  [1024 ** 4, '1024GiB'],
] as const)('%i bytes are shown as %s', ([bytes, text]) => {
  expect(formatSize(bytes)).toBe(text);
});

test.for([
  [-5_000, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [7_199_999, '1h'],
  [172_800_000, '2d'],
] as const)('an age of %i ms is shown as %s', ([ms, text]) => {
  expect(formatAge(ms)).toBe(text);
});
