import type { ProcessRequest } from '../driver.ts';

/** A detached command, as its guardian is told. */
export interface Submission {
  /** Its marker is `errand.detached-NAME-TOKEN`. */
  readonly request: ProcessRequest;
  /** The name of its directory. */
  readonly name: string;
  /** What was submitted, as a hash. */
  readonly print: string;
  /** One line. */
  readonly meta: string;
  readonly stdin: Uint8Array;
  readonly timeoutMs: number | undefined;
  /** Of each stream. */
  readonly maxSpoolBytes: number;
  readonly keepMs: number;
  /** Whether what left the command's process group ends with it. */
  readonly endsDaemons: boolean;
}
