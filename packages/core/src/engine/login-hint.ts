import type { DriverSupports } from '../driver.ts';
import { ExecError } from '../errors.ts';
import type { ExecResult } from '../result.ts';

const HINT = 'commands here do not have the PATH of a login shell, and loginEnvironment: true gives it to them';
/** A shell says last what it did not find; in characters. */
const LAST = 400;

type Ended = Pick<ExecResult, 'exitCode' | 'stdout' | 'stderr'>;

/** What to tell of a command whose shell did not find a program, where that may be since it is in the PATH of login shells alone. */
export function hintAtExit({ exitCode, stdout, stderr }: Ended, { bareEnvironment }: DriverSupports): string | undefined {
  if (!bareEnvironment || exitCode !== 127) return undefined;
  const said = (stderr.totalBytes > 0 ? stderr : stdout).text.slice(-LAST);
  return /not found/i.test(said) ? `a program was not found: ${HINT}` : undefined;
}

/** As `hintAtExit`, where the program itself was not found. */
export function withHint(error: ExecError, { bareEnvironment }: DriverSupports): ExecError {
  const { code, message, cause, detail } = error;
  if (!bareEnvironment || code !== 'EXEC_NOT_FOUND' || detail.what !== 'program' || detail.name?.includes('/')) return error;
  return new ExecError(code, `${message} ${HINT[0]?.toUpperCase()}${HINT.slice(1)}.`, { cause, detail });
}
