import { isExecError } from '@errand/core';
import { type StoreOptions, tenantQuota } from '@errand/quota';

// Submits many commands at once, and prints how many were admitted.
const [, , store = '', tenant = '', many = ''] = process.argv;
const quota = tenantQuota({ storeTimeoutMs: 30_000, default: { commandsPerHour: 40 }, store: JSON.parse(store) as StoreOptions });
const asked = Array.from({ length: Number(many) }, () => quota.admit({ executionId: 'x', target: 't', labels: {}, tenant }));
const results = await Promise.allSettled(asked);
const wrong = results.find(
  (result) => result.status === 'rejected' && !(isExecError(result.reason) && result.reason.code === 'EXEC_QUOTA'),
);
if (wrong) console.error(wrong);
console.log(results.filter(({ status }) => status === 'fulfilled').length);
await quota.close();
