import type { OutputChunk } from '@errand/core';

/** All targets, as `list_targets` has them. */
export const TARGETS_URI = 'errand://targets';
export const TARGET_TEMPLATE = 'errand://targets/{target}';

/** One of the streams of a job. */
export interface JobStream {
  readonly jobId: string;
  readonly stream: OutputChunk['stream'];
}

export function jobTemplate(stream: JobStream['stream']): string {
  return `errand://jobs/{id}/${stream}`;
}

export function jobUri({ jobId, stream }: JobStream): string {
  return `errand://jobs/${jobId}/${stream}`;
}

/** Nothing for what is no such URI. */
export function jobStreamOf(uri: string): JobStream | undefined {
  const [, jobId, stream] = /^errand:\/\/jobs\/([^/]{1,128})\/(stdout|stderr)$/.exec(uri) ?? [];
  return jobId === undefined ? undefined : { jobId, stream: stream === 'stderr' ? 'stderr' : 'stdout' };
}

/** Nothing for what is no such URI. */
export function targetOf(uri: string): string | undefined {
  return /^errand:\/\/targets\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/.exec(uri)?.[1];
}
