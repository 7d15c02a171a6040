import { randomBytes } from 'node:crypto';
import { type ByteChannel, NotStarted } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import { shellEnded } from '../shell/shell-ended.ts';
import type { ShellStream } from '../shell/shell-stream.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';

/**
 * Has a shell say that it is one before anything is sent to it: an account may run something else in its place (ForceCommand), which
 * ends without an answer, as a shell may whose answer was lost. Rejects with `NotStarted`, or the reason of `signal`.
 */
export async function greet({ stdin, closed }: ByteChannel, stdout: ShellStream, signal: AbortSignal): Promise<void> {
  const [first, second] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  const answer = stdout.line(first + second);
  // In two parts, for it may echo what it is sent.
  stdin.write(`printf '%s%s sh\\n' ${first} ${second}\n`);
  if (await orAborted(keepingNodeAlive(answer), signal)) return;
  throw new NotStarted(await orAborted(keepingNodeAlive(closed.then(shellEnded, lost)), signal));
}

function lost(cause: unknown): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', 'The connection to the target was lost before the command was sent.', { cause });
}
