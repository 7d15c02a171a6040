import type { Status } from './kube-objects.ts';

/** What a cluster answered in place of what it was asked for. */
export class ClusterRefusal extends Error {
  /** As HTTP has it: 404 for what is not there, 409 for what is there already. */
  readonly code: number;
  /** The cluster's own word, such as `AlreadyExists`. */
  readonly reason: string;
  /** When to try again, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: number, { message, reason = '' }: Status, retryAfterMs?: number) {
    super(message || `it answered with status ${code}`);
    this.name = 'ClusterRefusal';
    this.code = code;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was asked for; undefined where the cluster has it not. */
export async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((fault: unknown) => {
    if (isRefusal(fault, 404)) return undefined;
    throw fault;
  });
}

export function isRefusal(fault: unknown, ...codes: readonly number[]): fault is ClusterRefusal {
  return fault instanceof ClusterRefusal && (codes.length === 0 || codes.includes(fault.code));
}
