import { isExecError } from '../errors.ts';

/** What `exists` answers, by what becomes of a `stat`. */
export async function isThere(stat: Promise<unknown>): Promise<boolean> {
  try {
    await stat;
    return true;
  } catch (error) {
    if (isExecError(error) && error.code === 'EXEC_NOT_FOUND') return false;
    throw error;
  }
}
