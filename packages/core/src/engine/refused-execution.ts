import { Readable, Writable } from 'node:stream';
import type { Execution } from '../execution.ts';
import type { OutputChunk } from '../output.ts';
import type { ExecResult } from '../result.ts';

/** What `spawn` gives when nothing can be started: `spawn` itself never throws. */
export class RefusedExecution implements Execution {
  readonly id: string;
  readonly state = 'ended';
  readonly result: Promise<ExecResult>;
  readonly released: Promise<void> = Promise.resolve();

  constructor(id: string, fault: unknown) {
    this.id = id;
    this.result = Promise.reject(fault);
    this.result.catch(() => {});
  }

  /** What is written to it goes nowhere, so that `result` alone tells the fault. */
  get stdin(): Writable {
    return new Writable().destroy();
  }

  get stdout(): Readable {
    return Readable.from([]);
  }

  get stderr(): Readable {
    return Readable.from([]);
  }

  async kill(): Promise<void> {}

  async waitsForInput(): Promise<boolean> {
    return false;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<OutputChunk> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
