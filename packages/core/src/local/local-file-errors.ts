import { ExecError, isExecError } from '../errors.ts';

/** Says what a failed file call meant. */
export function toFileError(error: unknown, path: string): unknown {
  if (isExecError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const options = { cause: error, detail: { what: 'file', name: path } } as const;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ExecError('EXEC_NOT_FOUND', `There is no '${path}'.`, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ExecError('EXEC_PERMISSION', `'${path}' may not be used so (${code}).`, options);
    default:
      return new ExecError('EXEC_UNAVAILABLE', `'${path}': ${message}`, options);
  }
}
