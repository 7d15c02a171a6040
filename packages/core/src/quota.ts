import type { ExecResult } from './result.ts';

/** Who wants to run something. */
export interface AdmissionRequest {
  readonly tenant?: string;
  readonly executionId: string;
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a finished command used of its quota. */
export interface Usage {
  readonly outcome: ExecResult['outcome'];
  readonly wallMs: number;
  readonly outputBytes: number;
  readonly cpuMs?: number;
}

/** A granted share of a quota; give it back exactly once. */
export interface Lease {
  settle(usage: Usage): void;
}

/** Limits what a tenant may run. */
export interface Quota {
  /**
   * Waits for nothing: grants a lease, or rejects.
   *
   * @throws ExecError `EXEC_QUOTA` with `detail.retryAfterMs`.
   */
  admit(request: AdmissionRequest): Promise<Lease>;
}
