import type { QueueOptions } from '@errand/core';
import { decimal, duration, flag, integer, oneOf, size, text } from './leaves.ts';
import { mapping, named, options } from './mapping.ts';

const MANY = 10_000_000;

/** Who a command belongs to, by name. */
const TENANT = /^.{1,256}$/s;
const TENANT_SAYS = 'a tenant, of 1 to 256 characters';

/** In what order commands get their turns on a target, and how many run at once. */
export const queue = mapping(
  {
    maxQueued: integer(0, MANY),
    maxQueuedPerTenant: integer(0, MANY),
    maxRunningPerTenant: integer(1, 100_000),
    queueTimeout: duration(),
    weights: named(TENANT, TENANT_SAYS, decimal({ min: 0.001, max: 1_000 })),
    sessions: oneOf('command', 'life'),
  },
  { concurrency: integer(1, 100_000) },
).transform(({ queueTimeout, ...values }): QueueOptions => {
  const given = Object.entries({ ...values, queueTimeoutMs: queueTimeout }).filter(([, value]) => value !== undefined);
  return { concurrency: values.concurrency, ...Object.fromEntries(given) };
});

/** As @errand/quota checks it. */
const prefix = text({ max: 64, pattern: /^[\w.:-]{1,64}$/, allowed: "1 to 64 letters, digits, '-', '_', '.' and ':'" });

const tenantLimits = {
  maxRunning: integer(0, 100_000),
  maxQueued: integer(0, MANY),
  commandsPerMinute: integer(0, MANY),
  commandsPerHour: integer(0, MANY),
  burst: integer(0, MANY),
  cpu: duration(0),
  wall: duration(0),
  output: size(),
  window: duration(),
} as const;

/** What each tenant may use, on all targets together. */
export const quotas = mapping({
  store: options({ kind: oneOf('memory', 'redis', 'postgres'), url: text({ max: 2_048 }), prefix }),
  failOpen: flag(),
  default: options(tenantLimits),
  tenants: named(TENANT, TENANT_SAYS, options(tenantLimits)),
});
