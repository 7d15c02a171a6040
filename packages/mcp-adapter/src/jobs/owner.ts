import { hash } from 'node:crypto';
import { invalidOption } from '@errand/core/checks';
import type { Call } from '../call.ts';
import { type Tenant, tenantOf } from '../tenant.ts';

/** Whose a job is: who has authenticated, and for which tenant. Nobody else can tell that it exists. */
export interface Owner {
  /** Names the directory of its jobs. */
  readonly id: string;
  readonly tenant: string | undefined;
  /** Who has authenticated, for logs. */
  readonly caller: string | undefined;
  /** Nobody has authenticated, and nothing says whose the commands are. */
  readonly isAnyone: boolean;
}

/** @throws ExecError `EXEC_INVALID_OPTION` when a function of the server's gave what is no tenant */
export function ownerOf(tenant: Tenant | undefined, { authInfo }: Pick<Call, 'authInfo'>): Owner {
  const own: unknown = tenantOf(tenant, authInfo);
  if (own !== undefined && (typeof own !== 'string' || own.length < 1 || own.length > 256))
    throw invalidOption('tenant', 'it names nobody', 'text of 1 … 256 characters');
  // An empty one names nobody.
  const client = authInfo?.clientId || undefined;
  return {
    id: digest([client ?? null, own ?? null]).slice(0, 32),
    tenant: own,
    caller: client,
    isAnyone: client === undefined && own === undefined,
  };
}

/** What an idempotency key is to an executor: owners know nothing of one another's. */
export function keyOf(key: string, { id, isAnyone }: Owner): string {
  return isAnyone ? key : digest([id, key]);
}

function digest(of: readonly (string | null)[]): string {
  return hash('sha256', JSON.stringify(of));
}
