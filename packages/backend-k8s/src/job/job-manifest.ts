import type { ProcessRequest } from '@errand/core';
import { logFiles } from '@errand/core/frames';
import type { KubeObject } from '../api/kube-objects.ts';
import type { K8sExecutorOptions } from '../k8s-options.ts';
import { MANAGED, MANAGED_LABEL } from '../pod/owner.ts';
import { podTemplate } from '../pod/pod-template.ts';

/** Which execution an object is of. */
export const EXECUTION_LABEL = 'errand.sh/execution';
/** Whose it is, so that one watch sees all of a client's. */
export const CLIENT_LABEL = 'errand.sh/client';
/** By which the lines of its log are known. */
export const NONCE_ANNOTATION = 'errand.sh/nonce';
/** What was submitted under its idempotency key, as a hash. */
export const PRINT_ANNOTATION = 'errand.sh/print';

/** Its output is spooled, and read by exec. */
export const SPOOL_ANNOTATION = 'errand.sh/spool';

const INPUT = '/run/errand/in';
const OUTPUT = '/run/errand/out';

/** More of a stdin does not go with what is in the Secret, which has 1 MiB for all: it is fed to the command where that runs. */
const MOST_AHEAD_BYTES = 524_288;

/** Of each stream so much is spooled at most. */
const SPOOL_BYTES = 2 ** 31;

/** How long the cluster keeps a Job that ended. */
const KEEP_MS = 3_600_000;
/** What scheduling, pulling and cleaning up may take beside what the command does. */
const AROUND_MS = 600_000;
/** Readable by whoever the container runs as. */
const READABLE = 0o444;

export interface JobParts {
  readonly options: K8sExecutorOptions;
  readonly name: string;
  readonly client: string;
  readonly request: ProcessRequest;
}

/** What is run in its container: without words the command itself (see `LOG_SCRIPT`). */
export function asked(...words: readonly string[]): readonly string[] {
  return ['/bin/sh', `${INPUT}/run`, INPUT, OUTPUT, ...words];
}

/**
 * Another one for each Job, also of the same name: a node keeps what is immutable for as long as one of its pods has it, and would give a pod of the next Job what
 * the one before was made for.
 */
export function secretNameOf(job: string, nonce: string): string {
  return `${job}-${nonce.slice(0, 8)}`;
}

/** Whether its stdin is fed to it by exec. */
export function isFed({ input }: Pick<ProcessRequest, 'input'>): boolean {
  return (input?.length ?? 0) > MOST_AHEAD_BYTES;
}

/** Its name on the cluster, from the id of the execution: whoever submits it again finds it. */
export function jobName(executionId: string): string {
  return `errand-${executionId.slice(executionId.lastIndexOf('-') + 1)}`;
}

/**
 * A Job that runs one command once. Nothing of the command stands in it: that is in the Secret of the same name, without which its pod does
 * not start.
 */
export function jobManifest({ options, name, client, request }: JobParts): KubeObject & { readonly spec: object } {
  const { deadlineMs = 0, killGraceMs, nonce, limits, print } = request;
  const labels = { [MANAGED_LABEL]: MANAGED, [EXECUTION_LABEL]: name, [CLIENT_LABEL]: client };
  const memory = limits.memoryBytes === undefined ? {} : { limits: { ...options.limits, memoryBytes: limits.memoryBytes } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels,
      annotations: {
        [NONCE_ANNOTATION]: nonce,
        ...(print !== undefined && { [PRINT_ANNOTATION]: print }),
        ...(options.largeOutput && { [SPOOL_ANNOTATION]: 'true' }),
      },
    },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: Math.ceil((options.keepMs ?? KEEP_MS) / 1_000),
      // The deadline itself is kept in the pod, whose log would go with this one: this is for a pod that never runs, or is stuck.
      activeDeadlineSeconds: Math.ceil((deadlineMs + killGraceMs + AROUND_MS) / 1_000),
      template: podTemplate(
        { ...options, ...memory },
        {
          labels,
          container: {
            command: asked(),
            // Where its pod is taken away, before its grace is over.
            lifecycle: { preStop: { exec: { command: asked('end', 'removed') } } },
          },
          pod: {
            terminationGracePeriodSeconds: Math.ceil(killGraceMs / 1_000) + 2,
            volumes: [
              { name: 'errand-in', secret: { secretName: secretNameOf(name, nonce), defaultMode: READABLE } },
              { name: 'errand-out', emptyDir: {} },
            ],
          },
          volumeMounts: [
            { name: 'errand-in', mountPath: INPUT, readOnly: true },
            { name: 'errand-out', mountPath: OUTPUT },
          ],
        },
      ),
    },
  };
}

/** What the Job of this uid runs. It goes with the Job. */
export function secretManifest({ options, name, client, request }: JobParts, uid: string): KubeObject & { readonly data: object } {
  const files = Object.entries(
    logFiles(request, { input: INPUT, output: OUTPUT, isFed: isFed(request), ...(options.largeOutput && { spoolBytes: SPOOL_BYTES }) }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretNameOf(name, request.nonce),
      labels: { [MANAGED_LABEL]: MANAGED, [EXECUTION_LABEL]: name, [CLIENT_LABEL]: client },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }],
    },
    immutable: true,
    data: Object.fromEntries(
      files.map(([file, { buffer, byteOffset, byteLength }]) => [file, Buffer.from(buffer, byteOffset, byteLength).toString('base64')]),
    ),
  } as KubeObject & { readonly data: object };
}
