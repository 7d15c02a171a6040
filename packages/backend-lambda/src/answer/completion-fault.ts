import { ExecError, NotStarted, type ProcessExit } from '@errand/core';
import type { Completion } from '../lambda-client.ts';
import { printable } from '../printable.ts';

/** Errors of a sandbox that never came as far as to call its handler. An extension may crash at any time, when the handler runs too. */
const NEVER_CALLED =
  /^(Runtime\.(ImportModuleError|HandlerNotFound|UserCodeSyntaxError|MalformedHandlerName|NoHandler|InvalidEntrypoint|InvalidWorkingDir|InvalidTaskConfig)|(Extension|Sandbox|Function)\.InitError|Extension\.LaunchError)$/;

/** What is known of a command whose function failed: how it ended, or why nobody can know. */
export type Crash = { readonly exit: ProcessExit } | { readonly fault: Error };

/** A function that failed before it said that the command runs: `NotStarted` where its handler was never called. */
export function initFault(completion: Completion, functionName: string): Error {
  const { errorCode = '' } = completion;
  const why = describe(completion);
  if (!NEVER_CALLED.test(errorCode)) return new Error(`the function ${functionName} failed before it said that the command runs: ${why}`);
  const message = `The function ${functionName} cannot be initialised, so nothing was started: ${why}. Look at its code, its handler setting and its image.`;
  return new NotStarted(new ExecError('EXEC_UNAVAILABLE', message, { detail: { what: 'function', name: functionName } }));
}

/** A function that failed while the command ran: everything in its sandbox is gone. */
export function crashOf(completion: Completion): Crash {
  const why = describe(completion);
  if (isOutOfMemory(completion)) {
    return { exit: { outOfMemory: true, reason: `the sandbox had no memory left, and was ended with the command (${why})` } };
  }
  if (isTimeout(completion)) return { exit: { timedOut: true, reason: `the function's own timeout ended its sandbox (${why})` } };
  return { fault: new Error(`the function's sandbox crashed (${why})`) };
}

function describe({ errorCode = 'no error code', errorDetails }: Completion): string {
  return printable(errorDetails === undefined || errorDetails === '' ? errorCode : `${errorCode}: ${errorDetails}`);
}

function isTimeout({ errorCode = '', errorDetails = '' }: Completion): boolean {
  return /timed?\s?out/i.test(errorCode) || /task timed out/i.test(errorDetails);
}

/** Told by name, or by a runtime that was killed when its memory was used up, which is in the log. */
function isOutOfMemory({ errorCode = '', errorDetails = '', log }: Completion): boolean {
  if (/OutOfMemory/i.test(errorCode)) return true;
  const [, size = '0', used = '0'] = /Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB/.exec(log) ?? [];
  // Lambda rounds, and counts what the runtime itself has apart.
  const isFull = Number(size) > 0 && Number(used) >= Number(size) * 0.97;
  return isFull && /signal: killed|exit status 137/i.test(`${errorDetails} ${log}`);
}
