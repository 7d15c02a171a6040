import { posix } from 'node:path';
import { ExecError } from '../errors.ts';
import { type Named, notRegular, occupied, oddInTree, toFileError, wrongPath } from './file-errors.ts';

/** What the C libraries of targets say in the locale C: glibc, and where it differs, musl or macOS. */
const ERRORS: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'Not a directory': 'ENOTDIR',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Read-only file system': 'EROFS',
  'File exists': 'EEXIST',
  'Invalid argument': 'EINVAL',
  'Is a directory': 'EISDIR',
  'Too many levels of symbolic links': 'ELOOP',
  'Symbolic link loop': 'ELOOP',
  'File name too long': 'ENAMETOOLONG',
  'Filename too long': 'ENAMETOOLONG',
  'Directory not empty': 'ENOTEMPTY',
  'Invalid cross-device link': 'EXDEV',
  'Cross-device link': 'EXDEV',
  'Device or resource busy': 'EBUSY',
  'Resource busy': 'EBUSY',
  'Disk quota exceeded': 'EDQUOT',
  'Quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
  'Input/output error': 'EIO',
  'I/O error': 'EIO',
  'Too many open files': 'EMFILE',
  'No file descriptors available': 'EMFILE',
  'Too many open files in system': 'ENFILE',
  'No space left on device': 'ENOSPC',
};

/** What GNU's tar says of the write with which a disk became full. */
const WRITTEN_IN_PART = /^Wrote only \d+ of \d+ bytes$/;

/** What a program on the target said as it failed, as a fault of that file. */
export function toTargetError(words: string, named: Named): ExecError {
  // The system's words come last; a file's name before them may hold anything.
  const last = words.slice(words.lastIndexOf(': ') + 2);
  const code = WRITTEN_IN_PART.test(last) ? 'ENOSPC' : ERRORS[last];
  const error = toFileError(Object.assign(new Error(words || 'the target did not say why'), code !== undefined && { code }), named);
  // What tar says names the file inside.
  return code !== undefined && words.startsWith('tar: ') ? withWords(error, words) : error;
}

function withWords({ code, message, cause, detail }: ExecError, words: string): ExecError {
  return new ExecError(code, `${message} The target said: ${words}`, { cause, detail });
}

/** What a script refuses by itself, by the word that it says. */
export function toRefusal(word: string, named: Named): ExecError {
  if (word === 'not-empty')
    return wrongPath({ ...named, option: 'recursive' }, 'is a directory that is not empty', 'true for such a directory');
  if (word === 'no-directory') return wrongPath(named, 'is no directory', 'a directory');
  if (word === 'no-room')
    return wrongPath(named, 'is no directory', 'a directory that is empty, or a path where nothing is, for a directory');
  if (word === 'occupied') return occupied(named);
  if (word === 'no-tar') {
    const message = `The target has no program 'tar', which carries directories: install it, or carry each file by itself.`;
    return new ExecError('EXEC_NOT_FOUND', message, { detail: { what: 'program', name: 'tar' } });
  }
  if (word.startsWith('odd ')) return oddInTree(named, posix.join(named.path, word.slice(4)));
  return notRegular(named, KINDS[word.charAt(0)] ?? 'a device');
}

/** By the first digit of its mode in hexadecimal. */
const KINDS: Readonly<Record<string, string>> = { '1': 'a FIFO', '4': 'a directory', a: 'a symbolic link', c: 'a socket' };
