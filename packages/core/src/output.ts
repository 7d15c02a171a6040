/** One stream's output, collected within `maxOutputBytes`: all of it, or its head and its tail. */
export interface Output {
  /** How many bytes the command wrote to this stream and Errand read. */
  readonly totalBytes: number;
  /** How many of them, from the middle, were not kept. */
  readonly omittedBytes: number;
  /** The first bytes: everything, when nothing was omitted. */
  readonly head: Uint8Array;
  /** The last bytes after the omitted ones; empty when nothing was omitted. */
  readonly tail: Uint8Array;
  /**
   * All of it.
   *
   * @throws ExecError `EXEC_OUTPUT_OMITTED` when something was omitted: raise `maxOutputBytes`, or stream it.
   */
  readonly bytes: Uint8Array;
  /** As UTF-8, faults as U+FFFD, untrimmed; a cut shows as a line `[… n bytes omitted …]`. */
  readonly text: string;
  /** The same as `text`. */
  toString(): string;
}

/** A piece of output as it came. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
  /** Where `data` begins in its stream, in bytes. A gap between one chunk's end and the next one's offset was omitted. */
  readonly offset: number;
}
