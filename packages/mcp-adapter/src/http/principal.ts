import { invalidOption } from '@errand/core/checks';
import type { Scope } from '../scope.ts';

/** Who sends a request, as its token says, and what they are offered. */
export interface Principal extends Scope {
  /** Who it is, 1 … 1,024 characters: their jobs and sessions belong to this name, whichever token of theirs they bring. */
  readonly name: string;
  /** Whose the commands are, for the fair shares of a queue and for quotas: 1 … 256 characters. Default: none. */
  readonly tenant?: string | undefined;
  /** When the token is none any more, in seconds since 1970: 0 … 2^53-1. Default: never. */
  readonly expiresAt?: number | undefined;
}

/** A principal, or who brings the token that is nobody's. */
export type Caller = Omit<Principal, 'name'> & { readonly name: string | undefined };

/** @throws ExecError `EXEC_INVALID_OPTION` where a function of the server's gave what is no principal */
export function checkPrincipal(principal: Principal): Principal {
  const { name, tenant, targets, tools, expiresAt } = principal;
  if (!isText(name, 1_024)) throw wrong('name', 'text of 1 … 1024 characters');
  if (tenant !== undefined && !isText(tenant, 256)) throw wrong('tenant', 'text of 1 … 256 characters');
  for (const [key, names] of Object.entries({ targets, tools }))
    if (names !== undefined && !(Array.isArray(names) && names.every((each) => typeof each === 'string'))) throw wrong(key, 'names');
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt >= 0)) throw wrong('expiresAt', 'seconds since 1970');
  return principal;
}

function wrong(key: string, allowed: string): Error {
  return invalidOption('verifyToken', `what it gave has no such ${key}`, allowed);
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= max;
}
