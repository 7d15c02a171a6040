import * as z from 'zod';
import { decimal, duration, flag, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, named, options, type Shape } from './mapping.ts';
import { orFalse } from './or-false.ts';

const name = text({ max: 256 });
const label = named(/^[A-Za-z0-9./_-]+$/, 'the key of a label', text({ max: 63 }));

/** As the API of Kubernetes has it, which looks at it itself. */
const asTheApiHasIt = z.record(z.string(), z.unknown(), { error: 'is no mapping. Allowed: what the API of Kubernetes takes.' });

const toleration = mapping({
  key: text({ max: 317 }),
  operator: oneOf('Exists', 'Equal'),
  value: text({ max: 63 }),
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: integer(0, Number.MAX_SAFE_INTEGER),
});

/** The keys of pods of Kubernetes. */
export const k8s = {
  mode: oneOf('job', 'pod'),
  image: name,
  pod: name,
  container: name,
  warm: integer(0, 16),
  keep: duration(1_000),
  largeOutput: flag(),
  kubeconfig: text({ max: 4_096 }),
  context: name,
  inCluster: flag(),
  namespace: name,
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  imagePullSecrets: list(name),
  nodeSelector: label,
  tolerations: list(toleration),
  volumes: list(asTheApiHasIt),
  volumeMounts: list(asTheApiHasIt),
  scratch: named(/^\//, 'an absolute path', options({ size: size({ min: 1_048_576 }), inMemory: flag() })),
  user: text({ max: 21, pattern: /^\d+(:\d+)?$/, allowed: 'uid or uid:gid, in quotes' }),
  readOnlyRoot: flag(),
  capabilities: list(text({ max: 64, pattern: /^[A-Z][A-Z_]+$/, allowed: 'a capability, such as NET_BIND_SERVICE' })),
  newPrivileges: flag(),
  limits: options({ memory: orFalse(size({ min: 6_291_456 })), cpus: orFalse(decimal({ min: 0.01, max: 10_000 })) }),
  requests: options({ memory: size({ min: 1_048_576 }), cpus: decimal({ min: 0.001, max: 10_000 }) }),
  podLabels: label,
  template: asTheApiHasIt,
} as const satisfies Shape;
