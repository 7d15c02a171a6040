import { UsageError } from '../usage-error.ts';

/** @throws UsageError for a fault of the file system, too */
export async function keeping<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(`the token cannot be kept: ${error.message}. Set XDG_STATE_HOME to a directory of yours.`);
  }
}

/** Whether it is this fault of the file system. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
