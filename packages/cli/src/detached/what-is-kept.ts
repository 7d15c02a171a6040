import { Readable } from 'node:stream';
import { type Execution, isExecError } from '@errand/core';
import type { Printed } from '../run/print.ts';

/** Output beyond `--max-spool` is not there to be read: that is said, and the command's end counts all the same. */
export function whatIsKept({ stdout, stderr, result }: Execution): Printed {
  return { stdout: kept('stdout', stdout), stderr: kept('stderr', stderr), result };
}

function kept(name: string, stream: Readable): Readable {
  return Readable.from(untilCut(name, stream), { objectMode: false });
}

async function* untilCut(name: string, stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (fault) {
    if (!isExecError(fault) || fault.code !== 'EXEC_OUTPUT_OMITTED') throw fault;
    console.error(`errand: there was more on ${name} than --max-spool kept`);
  }
}
