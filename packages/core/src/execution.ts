import type { Readable, Writable } from 'node:stream';
import type { OutputChunk } from './output.ts';
import type { ExecResult, Signal } from './result.ts';

/** Where an execution stands. */
export type ExecutionState = 'queued' | 'starting' | 'running' | 'ended';

/**
 * One run of a command. Iterating gives its output as it comes, both streams in the order in which they arrived; leaving
 * the loop releases the stream and does not kill. Disposal (`await using`) kills and waits until the process is gone.
 *
 * Output is always collected within `maxOutputBytes`. Nothing applies back-pressure until a stream or the iterator is
 * accessed. Late access replays what is kept: where something was omitted, a Readable gives the head and then errors with
 * `EXEC_OUTPUT_OMITTED`, and the iterator goes on behind the gap. After the command's end a reader has `killGraceMs` to
 * take the rest; what it did not take is counted in `result`.
 */
export interface Execution extends AsyncIterable<OutputChunk>, AsyncDisposable {
  /** Unique, and carries the target's name. */
  readonly id: string;
  readonly state: ExecutionState;
  /** Only with `stdin: 'pipe'` (otherwise reading it throws `EXEC_INVALID_OPTION`). */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended; rejects only when it certainly did not start (or under `check: true`). Never an unhandledRejection. */
  readonly result: Promise<ExecResult>;
  /**
   * Resolves when the process is gone for sure, also where `result` was `unknown`, or a detached one was let go of. Never rejects. Node
   * does not exit while it is waited for.
   */
  readonly released: Promise<void>;
  /**
   * Whether a process of the command waits at this moment for input that nobody has sent: it is blocked in reading its stdin, which is open
   * and empty. True only where that is certain: on this machine under Linux (`supports.inputWait`), and elsewhere where the target's /proc lets
   * its account see it; never in sessions. A program that waits for stdin and other things at once (poll, as Node's own) cannot be told from
   * one that waits for these. Looks at the target each time. Never rejects.
   */
  waitsForInput(): Promise<boolean>;
  /**
   * Without a signal: `killSignal` to everything that `supports.containment` reaches, and SIGKILL after `killGraceMs`.
   * With one: that signal to the process group, and nothing follows. Resolves when it was delivered; the outcome is what
   * came of it. Before the command runs, either keeps it from running (`result` rejects with `EXEC_CLOSED`); after its end
   * it does nothing. Rejects with `EXEC_INVALID_OPTION` for what is no signal, `EXEC_NOT_SUPPORTED` where `supports.kill` is
   * false.
   */
  kill(signal?: Signal): Promise<void>;
}
