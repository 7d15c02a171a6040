import { expect, test } from 'vitest';
import { toRefusal, toTargetError } from './target-words.ts';

const named = { option: 'path', path: 'a file' } as const;

test.each([
  ["stat: cannot statx '/x': No such file or directory", 'EXEC_NOT_FOUND'],
  ["stat: can't stat '/x/y': Not a directory", 'EXEC_NOT_FOUND'],
  ['cat: /x: Permission denied', 'EXEC_PERMISSION'],
  ['sh: 9: cannot create ./.errand-1.tmp: Read-only file system', 'EXEC_PERMISSION'],
  ["stat: can't stat '/x': Symbolic link loop", 'EXEC_INVALID_OPTION'],
  ['cat: write error: No space left on device', 'EXEC_UNAVAILABLE'],
  ['tar: ./big: Wrote only 9216 of 10240 bytes', 'EXEC_UNAVAILABLE'],
  // A name may say anything; only what comes last is the system's.
  ["rm: cannot remove '/x: No such file or directory': Device or resource busy", 'EXEC_UNAVAILABLE'],
])('%s', (words, code) => {
  const error = toTargetError(words, named);
  expect(error).toMatchObject({ code, cause: { message: words } });
  expect(error.message).toContain("'a file'");
});

test.each([
  ['sh: 3: stat: not found', 'sh: 3: stat: not found'],
  ['', 'the target did not say why'],
])('what is not known is told in the words of the target: "%s"', (words, told) => {
  expect(toTargetError(words, named)).toMatchObject({ code: 'EXEC_UNAVAILABLE', message: `'a file' could not be used: ${told}.` });
});

test.each([
  ['4', 'a directory'],
  ['11a4', 'a FIFO'],
  ['21b6', 'a device'],
  ['61b0', 'a device'],
  ['c1ed', 'a socket'],
])('a mode of %s is %s', (word, kind) => {
  expect(toRefusal(word, named).message).toContain(`is ${kind}, no regular file`);
});
