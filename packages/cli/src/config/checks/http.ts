import { fault, type PathFault, valueAt } from '../path-fault.ts';

/** What a token must be for is known where somebody says it. */
export function checkHttp(file: unknown): PathFault[] {
  const jwt = valueAt(file, 'http', 'jwt');
  if (typeof jwt !== 'object' || jwt === null || valueAt(jwt, 'audience') !== undefined) return [];
  if (valueAt(file, 'http', 'url') !== undefined) return [];
  return [fault(['http', 'jwt'], 'needs audience, or http.url beside it.')];
}
