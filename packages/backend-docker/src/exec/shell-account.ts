import { ExecError } from '@errand/core';
import { type ExecChannel, firstLine } from '@errand/core/container';
import { noAccount, unknownAccount } from '../docker-errors.ts';

/** In builtins of a shell alone. */
const WHO =
  'while read -r __errand_name __errand_uid __errand_rest; do [ "$__errand_name" != Uid: ] || echo "uid $__errand_uid"; done </proc/$$/status';

/**
 * The uid of a shell that was opened as this account, before anything else is asked of it.
 *
 * @throws ExecError `EXEC_NOT_FOUND` where the container has no such account: of which a daemon tells in the shell's output
 */
export async function shellAccount(channel: Pick<ExecChannel, 'stdin' | 'stdout'>, user: string, signal: AbortSignal): Promise<number> {
  channel.stdin.write(`${WHO}; unset __errand_name __errand_uid __errand_rest\n`);
  const answer = (await firstLine(channel.stdout, signal)) ?? '';
  const uid = /^uid (\d+)$/.exec(answer)?.[1];
  if (uid !== undefined) return Number(uid);
  throw unknownAccount(answer)
    ? noAccount(user, answer)
    : new ExecError('EXEC_UNAVAILABLE', `No shell could be started in the container: ${answer}`);
}
