import type { AdmissionRequest } from '@errand/core';
import { isExecError } from '@errand/core';
import type { TenantQuota } from '@errand/quota';
import { expect } from 'vitest';

/** A command of a tenant. */
export function of(tenant: string): AdmissionRequest {
  return { executionId: 'x', target: 't', labels: {}, tenant };
}

/** How many of so many that are submitted at once are admitted; all others must be refused by their quota. */
export async function admitted(quotas: readonly TenantQuota[], tenant: string, many: number): Promise<number> {
  const asked = Array.from({ length: many }, (_, i) => quotas[i % quotas.length]?.admit(of(tenant)));
  const results = await Promise.allSettled(asked);
  const others = results.filter(({ status }) => status === 'rejected').map((result) => Reflect.get(result, 'reason'));
  const wrong = others.find((fault) => !isExecError(fault) || fault.code !== 'EXEC_QUOTA');
  if (wrong) throw wrong;
  return many - others.length;
}

/** The code of the refusal, or `admitted`, and its message. */
export async function outcome(quota: TenantQuota, tenant: string): Promise<readonly [string, string]> {
  try {
    await quota.admit(of(tenant));
    return ['admitted', ''];
  } catch (fault) {
    return isExecError(fault) ? [fault.code, fault.message] : ['no ExecError', String(fault)];
  }
}

/** Until it admits a command. */
export async function recovered(quota: TenantQuota, tenant: string): Promise<void> {
  await expect.poll(async () => (await outcome(quota, tenant))[0], { timeout: 10_000, interval: 100 }).toBe('admitted');
}
