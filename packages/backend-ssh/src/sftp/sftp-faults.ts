import { ExecError, isExecError } from '@errand/core';
import { type Named, toFileError, wrongPath } from '@errand/core/files';

/** What servers answer; OpenSSH's says NO_SUCH_FILE for ENOTDIR and ELOOP too, and BAD_MESSAGE for ENAMETOOLONG and EINVAL. */
const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, badMessage: 5, unsupported: 8 } as const;

const CODES: Readonly<Record<number, string>> = {
  [STATUS.noSuchFile]: 'ENOENT',
  [STATUS.permissionDenied]: 'EACCES',
  [STATUS.badMessage]: 'ENAMETOOLONG',
};

/** Says what a refused request meant. A fault that says already what it is about stays so. */
function toSftpFault(error: unknown, named: Named): unknown {
  if (isExecError(error) || !(error instanceof Error)) return error;
  const status = statusOf(error);
  if (status === STATUS.failure) {
    const message = `'${named.path}' could not be used, and over SFTP the server does not say why: its disk or a quota may be full.`;
    return new ExecError('EXEC_UNAVAILABLE', message, { cause: error, detail: { what: 'file', name: named.path } });
  }
  const code = CODES[status ?? 0];
  return toFileError(Object.assign(new Error(error.message, { cause: error }), code !== undefined && { code }), named);
}

/** Runs `action`, whose faults are about that file. */
export async function about<T>(named: Named, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toSftpFault(error, named);
  }
}

/** What is there, or undefined where nothing is. */
export async function unlessMissing<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (statusOf(error) === STATUS.noSuchFile) return undefined;
    throw error;
  }
}

/** The server refused, for a reason of its own. */
export function isFailure(error: unknown): boolean {
  return statusOf(error) === STATUS.failure;
}

/** @throws ExecError for a path that no file can have */
export function loop(named: Named): ExecError {
  return wrongPath(named, 'is a symbolic link that leads back to itself', 'a path without such a loop');
}

function statusOf(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}
