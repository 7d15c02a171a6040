import { randomBytes } from 'node:crypto';
import type { K8sTarget } from './k8s-target.ts';

/** A Job that runs a command in a pod as an executor's is: what peers make, and wait for. */
export function plainJob({ image, namespace }: K8sTarget, command: readonly string[]): { readonly name: string; readonly body: object } {
  const name = `plain-${randomBytes(8).toString('hex')}`;
  const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '10m', memory: '16Mi' } };
  const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsUser: 65_534, runAsGroup: 65_534, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'main', image, command, resources, securityContext, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  };
  const body = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { backoffLimit: 0, ttlSecondsAfterFinished: 1, template: { spec } },
  };
  return { name, body };
}
