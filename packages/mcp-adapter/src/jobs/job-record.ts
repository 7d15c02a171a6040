import { type ExecResult, isExecError, type Outcome } from '@errand/core';
import { z } from 'zod';

/** The process that runs what is not detached: what it runs ends with it. */
export interface JobHost {
  readonly name: string;
  readonly pid: number;
  readonly startTime?: string | undefined;
}

/** How a job ended. */
export interface JobEnd {
  /** ISO 8601, as all times here. */
  readonly at: string;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Bytes of both that are kept here. */
  readonly keptBytes: number;
  readonly outcome?: Outcome | undefined;
  readonly ok: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly cause?: string | undefined;
  readonly reason?: string | undefined;
  readonly runMs: number;
  /** Why it certainly did not start; then there is no outcome. */
  readonly fault?: { readonly code: string; readonly message: string } | undefined;
}

/** What is known of a job, as its file says it. */
export interface JobRecord {
  readonly version: 1;
  readonly id: string;
  readonly target: string;
  /** Cut after 256 characters. */
  readonly command: string;
  readonly startedAt: string;
  readonly timeoutMs: number;
  readonly mergeStderr: boolean;
  /** A detached execution, whose output its target keeps. */
  readonly background: boolean;
  /** In which it runs. */
  readonly session?: string | undefined;
  /** Of one in the background: its target is known to have it. */
  readonly isSubmitted?: boolean | undefined;
  /** For how long it is kept when it has ended. */
  readonly ttlMs: number;
  readonly host: JobHost;
  readonly end?: JobEnd | undefined;
}

const count = z.int().min(0);
const when = z.iso.datetime();
const outcome = z.enum(['exited', 'signaled', 'timed-out', 'idle-timed-out', 'cancelled', 'out-of-memory', 'unknown']);

const record: z.ZodType<JobRecord> = z.object({
  version: z.literal(1),
  id: z.string(),
  target: z.string(),
  command: z.string(),
  startedAt: when,
  timeoutMs: count,
  mergeStderr: z.boolean(),
  background: z.boolean(),
  session: z.string().optional(),
  isSubmitted: z.boolean().optional(),
  ttlMs: count,
  host: z.object({ name: z.string(), pid: count, startTime: z.string().optional() }),
  end: z
    .object({
      at: when,
      stdoutBytes: count,
      stderrBytes: count,
      keptBytes: count,
      outcome: outcome.optional(),
      ok: z.boolean(),
      exitCode: count.optional(),
      signal: z.string().optional(),
      cause: z.string().optional(),
      reason: z.string().optional(),
      runMs: z.number().min(0),
      fault: z.object({ code: z.string(), message: z.string() }).optional(),
    })
    .optional(),
});

/** `undefined` for what is none, e.g. of a later version. */
export function parseRecord(text: string): JobRecord | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function toJobEnd(result: ExecResult, keptBytes: number): JobEnd {
  const { outcome, ok, exitCode, signal, cause, reason, stdout, stderr, timings } = result;
  return {
    at: new Date().toISOString(),
    stdoutBytes: stdout.totalBytes,
    stderrBytes: stderr.totalBytes,
    keptBytes,
    outcome,
    ok,
    runMs: timings.runMs,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause }),
    ...(reason !== undefined && { reason }),
  };
}

/** The end of one of which nothing is known but why. */
export function endWithout(
  bytes: Pick<JobEnd, 'stdoutBytes' | 'stderrBytes' | 'keptBytes'>,
  why: { reason: string } | { fault: unknown },
): JobEnd {
  const common = { at: new Date().toISOString(), ...bytes, ok: false, runMs: 0 };
  if ('reason' in why) return { ...common, outcome: 'unknown', reason: why.reason };
  const { fault } = why;
  const code = isExecError(fault) ? fault.code : 'EXEC_UNAVAILABLE';
  return { ...common, fault: { code, message: fault instanceof Error ? fault.message : String(fault) } };
}
