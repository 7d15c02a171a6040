import { invalidOption } from '@errand/core/checks';
import type { AuthInfo } from './auth-info.ts';

/**
 * Whose commands they are that the tools start: text of 1 … 256 characters, or what a function makes of a request's `authInfo`, which
 * is `undefined` where the server has authenticated nobody. Nothing, or `undefined`, leaves it to the executor's defaults.
 */
export type Tenant = string | ((authInfo: AuthInfo | undefined) => string | undefined);

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkTenant(tenant: unknown): void {
  if (tenant === undefined || typeof tenant === 'function') return;
  if (typeof tenant === 'string' && tenant.length >= 1 && tenant.length <= 256) return;
  throw invalidOption('tenant', 'it names nobody', "text of 1 … 256 characters, or a function that makes it of a request's authInfo");
}

/** The tenant of one request. What a function gives is checked by the executor, before anything starts. */
export function tenantOf(tenant: Tenant | undefined, authInfo: AuthInfo | undefined): string | undefined {
  return typeof tenant === 'function' ? tenant(authInfo) : tenant;
}
