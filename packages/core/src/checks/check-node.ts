import { ExecError } from '../errors.ts';

/**
 * Older versions lack what is used here, and would fail in ways that say nothing of it.
 *
 * @throws ExecError `EXEC_NOT_SUPPORTED`
 */
export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  throw new ExecError('EXEC_NOT_SUPPORTED', `Errand needs Node 22.19 or later; this is ${version}.`);
}
