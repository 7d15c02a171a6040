import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchPattern } from './match-pattern.ts';

test('a pattern matches what the same regular expression does', () => {
  const unit = fc.constantFrom('a', 'b', '.', '[');
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 8 }),
      fc.string({ unit: fc.oneof(unit, fc.constantFrom('*', '?')), maxLength: 6 }),
      (text, pattern) => {
        const expression = new RegExp(`^${pattern.replace(/[.[]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchPattern(text, pattern)).toBe(expression.test(text));
      },
    ),
    { numRuns: 2000 },
  );
});

test('many stars cost no time', () => {
  expect(matchPattern('a'.repeat(255), `${'*a'.repeat(400)}b`)).toBe(false);
});
