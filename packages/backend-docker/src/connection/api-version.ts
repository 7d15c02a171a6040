import { ExecError } from '@errand/core';

/** Of Docker 17.12. An older one ignores in silence some of what bounds a container. */
const NEEDED = [1, 35] as const;

/** @throws ExecError `EXEC_NOT_SUPPORTED` where a daemon of this version of the API cannot make a container as it must be */
export function checkApiVersion(version: string): void {
  const [major = Number.NaN, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  const spoken = /^[\d.]{1,16}$/.test(version) ? `version ${version}` : 'no version that it tells';
  const why = `The Docker daemon speaks ${spoken} of its API, which cannot bound a container as it must be: it needs ${NEEDED.join('.')} or later.`;
  throw new ExecError('EXEC_NOT_SUPPORTED', `${why} Nothing was started.`);
}
