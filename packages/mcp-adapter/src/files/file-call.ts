import { ExecError, type Files } from '@errand/core';
import type { Call } from '../call.ts';
import { within } from '../jobs/until.ts';
import type { Target, TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { refuseUnlessAllowed } from './allowed-files.ts';

/** Many clients give up after 60 s, and a file system may hang for ever. */
const FILE_CALL_MS = 45_000;

/** What the tools about files share. */
export interface FileToolParts {
  readonly targets: TargetList;
  readonly options: CheckedToolOptions;
  /** Aborts when the server closes. */
  readonly closing: AbortSignal;
}

/** What is asked of the files of one target. */
export interface FileCall {
  readonly target: string | undefined;
  readonly wanted: 'read' | 'write';
  readonly call: Call;
}

/**
 * Does something with the files of a target, if that is allowed there.
 *
 * @throws ExecError `EXEC_PERMISSION` where it is not, `EXEC_UNAVAILABLE` where the target does not answer in time
 */
export async function withFiles<T>(
  { targets, options, closing }: FileToolParts,
  { target: name, wanted, call }: FileCall,
  work: (files: Files, signal: AbortSignal, target: Target) => Promise<T>,
): Promise<T> {
  const target = targets.resolve(name);
  refuseUnlessAllowed(target, options.files, wanted);
  const stops = [call.signal, ...(call.connection ? [call.connection] : []), closing];
  return await within(FILE_CALL_MS, stops, async (signal) => {
    try {
      return await work(target.executor.files, signal, target);
    } catch (error) {
      if (!signal.aborted || stops.some(({ aborted }) => aborted)) throw error;
      const done = wanted === 'write' ? ' The file may still be written: read it before you send this again.' : '';
      throw new ExecError('EXEC_UNAVAILABLE', `Target '${target.executor.name}' gave no answer in ${FILE_CALL_MS} ms.${done}`, {
        cause: error,
      });
    }
  });
}
