import { expect, test } from 'vitest';
import { isSealed } from './sealed.ts';

test.each([
  '',
  'false',
  'cat <<E\nx\nE',
  "cat <<-'E' <<B\n\t\tE\nB\nfalse",
  'cat <<E; echo \\\nE\nE\nfalse',
  'cat <<E\ntrue &&\nE',
  'echo a # and so on',
  'true &&\nfalse',
  'echo "a#b"',
  'cat <<<a',
  'echo $((1<<2))',
  '((x = (y + 1) << 2))',
  'foo() { :; }',
])('a line behind %j is a command of its own', (script) => {
  expect(isSealed(script)).toBe(true);
});

test.each([
  'cat <<E',
  'cat <<E\nfoo\\\nE\n',
  'cat <<E\n E',
  'cat <<A <<B\nB\nA\n',
  'cat <<-E\n E',
  'true &&',
  'true ||',
  'true |',
  'true && # go on',
  'echo "a # b" &&',
  'true &&\n\n# go on\n',
  'echo a \\',
  'foo()',
  'foo ( ) # to come',
  'cat $((1)) <<E',
  'cat <<"E"\n"E"\n',
])('a line behind %j may be part of it', (script) => {
  expect(isSealed(script)).toBe(false);
});
