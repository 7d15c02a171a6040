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
  'cat <<EOF >conf\nrun \\\n  --now\nEOF\nfalse',
  "cat <<'E'\nfoo\\\nE\nfalse",
  'cat <<"E F"\nE\nE F\nfalse',
  'echo "a << b"; false',
  "echo 'a << b'; false",
  'echo $((1<<2))',
  '((x = (y + 1) << 2))',
  'foo() { :; }',
  "echo it\\'s; false",
  'echo "don\'t $PWD"; cat <<E\nE\nfalse',
  'cat <<E"F"\nE\nEF\nfalse',
  'cat <<\\E\nfoo\\\nE\nfalse',
])('a line behind %j is a command of its own', (script) => {
  expect(isSealed(script)).toBe(true);
});

test.each([
  'cat <<E',
  'cat <<E\nfoo\\\nE\n',
  'cat <<E\n E',
  'cat "a" <<E "b"',
  'echo "$(cat <<E\nx"',
  'cat <<"E F"\nE',
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
  "echo \"don't $PWD\"; cat <<'E'\nbody",
  "echo it\\'s; cat <<E; echo 'x'\nbody",
  'echo "a\nb $(cat <<E)"',
  'echo `cat <<E`\nE',
])('a line behind %j may be part of it', (script) => {
  expect(isSealed(script)).toBe(false);
});
