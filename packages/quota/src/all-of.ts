import type { AdmissionRequest, Lease, Quota, Usage } from '@errand/core';
import { having } from '@errand/core/checks';

const isQuota = having('admit');

/**
 * A quota that admits what all of these admit, each asked in turn: such as one by tenant, and one by user. Where one refuses, those
 * before it have nothing counted. A command waits while any of them has it wait.
 *
 * @example
 * const user = tenantQuota({ name: 'user', by: ({ labels }) => labels.user, default: { maxRunning: 2 } });
 * const quota = allOf(tenantQuota({ default: { maxRunning: 8 } }), user);
 *
 * @throws ExecError `EXEC_INVALID_OPTION` where one of them is no quota
 */
export function allOf(...quotas: readonly Quota[]): Quota {
  for (const [i, quota] of quotas.entries()) isQuota(`quotas[${i}]`, quota);
  return {
    async admit(request: AdmissionRequest): Promise<Lease> {
      const leases: Lease[] = [];
      try {
        for (const quota of quotas) leases.push(await quota.admit(request));
        return joined(leases);
      } catch (fault) {
        settleAll(leases, undefined);
        throw fault;
      }
    },
  };
}

function joined(leases: readonly Lease[]): Lease {
  return {
    gates: leases.flatMap(({ gates = [] }) => gates),
    wait: () => {
      for (const lease of leases) lease.wait?.();
    },
    run: () => {
      for (const lease of leases) lease.run?.();
    },
    settle: (usage) => settleAll(leases, usage),
  };
}

function settleAll(leases: readonly Lease[], usage: Usage | undefined): void {
  for (const lease of leases) {
    try {
      lease.settle(usage);
    } catch {
      // One that throws keeps no other from hearing it.
    }
  }
}
