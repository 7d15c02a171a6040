import type { OutputChunk, Signal } from '@errand/core';
import type { JobEnd, JobRecord } from './job-record.ts';
import type { RawPage } from './output/read-segments.ts';

/** Where a job stands. */
export interface JobStatus {
  readonly state: 'queued' | 'starting' | 'running' | 'ended';
  /** Bytes that the command wrote so far, those included that are gone. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Once it has ended. */
  readonly end?: JobEnd;
}

/** A job of whoever asked for it, wherever it is: running here, running on its own, or over. */
export interface FoundJob {
  readonly record: JobRecord;
  status(): Promise<JobStatus>;
  /** Whether it certainly waits for input that nobody has sent, for `writeStdin`. Never rejects. */
  waitsForInput(): Promise<boolean>;
  /** Bytes of a stream from `offset` on, at most `maxBytes`, none where there are none yet. */
  read(stream: OutputChunk['stream'], offset: number, maxBytes: number): Promise<RawPage>;
  /** Resolves when the stream has a byte behind `offset`, or the job has ended, or the signal aborts. */
  waitBeyond(stream: OutputChunk['stream'], offset: number, signal: AbortSignal): Promise<void>;
  /** Resolves when it has ended, or the signal aborts. */
  waitEnd(signal: AbortSignal): Promise<void>;
  /**
   * Without a signal: ends the whole tree, as a timeout does. With one: that signal to its process group.
   *
   * @throws ExecError as `kill` of an execution does
   */
  kill(signal: Signal | undefined): Promise<void>;
  /**
   * Bytes for its stdin, and its end where `end` is set.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` when it takes none (any more), or has not read what it was sent before
   */
  writeStdin(bytes: Uint8Array, end: boolean): Promise<void>;
}

/** Bytes of one stream that a job has so far. */
export function bytesOf(status: Pick<JobStatus, 'stdoutBytes' | 'stderrBytes'>, stream: OutputChunk['stream']): number {
  return stream === 'stdout' ? status.stdoutBytes : status.stderrBytes;
}
