import { Readable, type Writable } from 'node:stream';
import { invalidOption } from '../errors.ts';
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

  get stdin(): Writable {
    throw invalidOption('stdin', 'the command did not start', 'see result');
  }

  get stdout(): Readable {
    return Readable.from([]);
  }

  get stderr(): Readable {
    return Readable.from([]);
  }

  async kill(): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncIterator<OutputChunk> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
