import { ExecError, type ExecErrorOptions, invalidOption, isExecError } from '../errors.ts';

/** A file as the caller named it: by which parameter, and by what path. */
export interface Named {
  readonly option: 'path' | 'from' | 'to' | 'localPath' | 'recursive';
  readonly path: string;
  /** Whether a directory would do as well, were it asked for with `recursive`. */
  readonly orDirectory?: boolean;
}

/** What is wrong with the path itself, or with what it names, and what would be right. */
const WRONG_PATHS: Readonly<Record<string, readonly [wrong: string, allowed: string]>> = {
  EEXIST: ['is there already, and no directory', 'a path where nothing is, or a directory'],
  EINVAL: ['cannot be used so', 'a path that is not inside the directory that is moved'],
  EISDIR: ['is a directory', 'a file'],
  ELOOP: ['is a symbolic link that leads back to itself', 'a path without such a loop'],
  ENAMETOOLONG: ['is longer, or has a longer name in it, than the file system takes', 'names of at most 255 bytes, paths of at most 4,095'],
  ENOTEMPTY: ['is a directory that is not empty', 'an empty directory'],
  EXDEV: ['is on another file system', 'a path on the same file system; else copy and remove'],
};

/** Faults that another try, or another moment, may not have. */
const TROUBLES: Readonly<Record<string, string>> = {
  EBUSY: 'is in use by the system (EBUSY)',
  EDQUOT: 'does not fit into the quota of its owner (EDQUOT): make room',
  EFBIG: 'is larger than the file system or a limit lets it be (EFBIG)',
  EIO: 'could not be read or written by the device (EIO)',
  EMFILE: 'could not be opened: this process has too many files open (EMFILE)',
  ENFILE: 'could not be opened: the machine has too many files open (ENFILE)',
  ENOSPC: 'does not fit: no space is left on its file system (ENOSPC)',
};

/** Says what a failed file call meant. */
export function toFileError(error: unknown, { option, path }: Named): ExecError {
  if (isExecError(error)) return error;
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const options: ExecErrorOptions = { cause: error, detail: { what: 'file', name: path } };
  const wrong = WRONG_PATHS[code];
  if (wrong) {
    const refusal = wrongPath({ option, path }, ...wrong);
    return new ExecError(refusal.code, refusal.message, { cause: error, detail: refusal.detail });
  }
  if (code === 'ENOENT') return new ExecError('EXEC_NOT_FOUND', `There is no '${path}'.`, options);
  if (code === 'ENOTDIR') return new ExecError('EXEC_NOT_FOUND', `There is no '${path}': a part of the path is no directory.`, options);
  if (code === 'EROFS')
    return new ExecError('EXEC_PERMISSION', `'${path}' is on a file system that is mounted read-only (EROFS).`, options);
  if (code === 'EACCES' || code === 'EPERM')
    return new ExecError('EXEC_PERMISSION', `This user may not do that with '${path}' (${code}): change its owner or mode.`, options);
  return new ExecError('EXEC_UNAVAILABLE', `'${path}' ${TROUBLES[code] ?? `could not be used: ${message}`}.`, options);
}

/** It would be copied into itself, without an end. `source` is the option that is looked through. */
export function copiedIntoItself(source: Named): ExecError {
  return wrongPath(source, 'holds the place that it is to be copied to', 'a directory that does not');
}

/** A path that cannot serve: `wrong` says what is wrong, `allowed` what would be right. */
export function wrongPath({ option, path }: Named, wrong: string, allowed: string): ExecError {
  return invalidOption(option, `'${path}' ${wrong}`, allowed);
}

/** A path that names something whose content is none: `kind` says what, as in 'a FIFO'. */
export function notRegular(named: Named, kind: string): ExecError {
  const rest = named.orDirectory && kind === 'a directory' ? 'a directory with `recursive: true`' : 'for the rest use a command';
  return wrongPath(named, `is ${kind}, no regular file`, `a regular file; ${rest}`);
}

/** A directory that is to be made whole would have to be mixed with what is there. */
export function occupied(named: Named): ExecError {
  return wrongPath(named, 'is there already, and no empty directory', 'a path where nothing is, or an empty directory: remove it first');
}

/** A directory holds something of which there is no content: `inside` is its path. */
export function oddInTree(named: Named, inside: string): ExecError {
  return wrongPath(
    named,
    `holds '${inside}', which is no file, directory or symbolic link`,
    'a directory without FIFOs, sockets and devices',
  );
}

/** A half of what it was and a half of what it is would be neither. */
export function changedMeanwhile({ path }: Named): ExecError {
  const message = `'${path}' changed while it was read: try again when nothing writes to it.`;
  return new ExecError('EXEC_UNAVAILABLE', message, { detail: { what: 'file', name: path } });
}

/** What is to be made has no place to be. */
export function noDirectoryFor({ path }: Named, cause: unknown): ExecError {
  const message = `There is no directory for '${path}' to be in: make it first, as with makeDirectory.`;
  return new ExecError('EXEC_NOT_FOUND', message, { cause, detail: { what: 'file', name: path } });
}

/** Runs `action`, whose faults are about that file. A fault that says already what it is about stays so. */
export async function about<T>(named: Named, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toFileError(error, named);
  }
}

/** The code of a system call's fault. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
