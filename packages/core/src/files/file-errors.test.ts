import { expect, test } from 'vitest';
import { toFileError } from './file-errors.ts';

/** Most of these faults cannot be had without a file system of one's own. */
const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'EXEC_NOT_FOUND',
  ENOTDIR: 'EXEC_NOT_FOUND',
  EACCES: 'EXEC_PERMISSION',
  EPERM: 'EXEC_PERMISSION',
  EROFS: 'EXEC_PERMISSION',
  EEXIST: 'EXEC_INVALID_OPTION',
  EINVAL: 'EXEC_INVALID_OPTION',
  EISDIR: 'EXEC_INVALID_OPTION',
  ELOOP: 'EXEC_INVALID_OPTION',
  ENAMETOOLONG: 'EXEC_INVALID_OPTION',
  ENOTEMPTY: 'EXEC_INVALID_OPTION',
  EXDEV: 'EXEC_INVALID_OPTION',
  EBUSY: 'EXEC_UNAVAILABLE',
  EDQUOT: 'EXEC_UNAVAILABLE',
  EFBIG: 'EXEC_UNAVAILABLE',
  EIO: 'EXEC_UNAVAILABLE',
  EMFILE: 'EXEC_UNAVAILABLE',
  ENFILE: 'EXEC_UNAVAILABLE',
  ENOSPC: 'EXEC_UNAVAILABLE',
  ESTALE: 'EXEC_UNAVAILABLE',
};

test.each(Object.entries(CODES))('%s is %s, with a message of its own that names the path as it was given', (code, expected) => {
  const cause = Object.assign(new Error(`${code}: raw words`), { code });
  const error = toFileError(cause, { option: 'to', path: 'some/file' });
  expect(error).toMatchObject({ code: expected, cause });
  expect(error.message).toContain("'some/file'");
  expect(error.message.includes('raw words')).toBe(code === 'ESTALE');
  expect(error.detail).toEqual(expected === 'EXEC_INVALID_OPTION' ? { option: 'to' } : { what: 'file', name: 'some/file' });
});

test('a fault that is told already stays as it is', () => {
  const told = toFileError({ code: 'ENOENT' }, { option: 'path', path: 'a' });
  expect(toFileError(told, { option: 'path', path: 'b' })).toBe(told);
});
