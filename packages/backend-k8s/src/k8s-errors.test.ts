import { expect, test } from 'vitest';
import { ClusterRefusal } from './api/cluster-refusal.ts';
import { clusterFault, overQuota } from './k8s-errors.ts';

test.each([
  [401, '', 'Unauthorized', 'EXEC_AUTH'],
  [403, 'Forbidden', 'pods "x" is forbidden: violates PodSecurity "restricted:latest": …', 'EXEC_PERMISSION'],
  [403, 'Forbidden', 'pods is forbidden: User "u" cannot create resource "pods"', 'EXEC_PERMISSION'],
  [403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: quota, requested: pods=1', 'EXEC_QUOTA'],
  [403, 'Forbidden', 'pods "x" is forbidden: maximum memory usage per Container is 4Gi, but limit is 8Gi', 'EXEC_QUOTA'],
  [404, 'NotFound', 'namespaces "x" not found', 'EXEC_NOT_FOUND'],
  [422, 'Invalid', 'Pod "x" is invalid: spec.hostname', 'EXEC_INVALID_OPTION'],
  [429, 'TooManyRequests', 'too many requests', 'EXEC_UNAVAILABLE'],
  [500, 'InternalError', 'etcd is gone', 'EXEC_UNAVAILABLE'],
])('what a cluster refuses with %i %s is %s', (code, reason, message, expected) => {
  const fault = clusterFault(new ClusterRefusal(code, { reason, message }, 2_000));
  expect(fault.code).toBe(expected);
  expect(fault.message).toContain(message);
  if (expected === 'EXEC_UNAVAILABLE') expect(fault.detail.retryAfterMs).toBe(2_000);
});

test('a room that is missing is told in the words of the cluster, and nothing of them steers a terminal', () => {
  expect(overQuota('exceeded\u001b[2J quota.').message).toBe(
    'The namespace has no room for it, so nothing was started: exceeded [2J quota.',
  );
});
