import type { DriverPty } from '@errand/core';
import { type ExecChannel, firstLine } from '@errand/core/container';
import type { MadeExec } from '../daemon-answers.ts';
import type { DockerClient } from '../docker-client.ts';

const ANSWER_MS = 10_000;

/** Says who leads the terminal's session before it becomes LINE: pid and start time, which no API tells. */
export function terminalCommand(line: string): string[] {
  return ['/bin/sh', '-c', `read -r __errand_stat </proc/$$/stat; printf "%s\\n" "$__errand_stat"; unset __errand_stat; ${line}`];
}

/** As the kernel does it where a terminal is gone: a daemon keeps it open for who is no longer there. */
const HANG_UP =
  'pid=$1 birth=$2; read -r stat </proc/$pid/stat || exit 0; set -- ${stat##*) }; shift 19; ' +
  '[ "$1" != "$birth" ] || { kill -HUP $pid; kill -CONT $pid; }';

/** What a terminal is made of. */
export interface TerminalParts {
  readonly client: DockerClient;
  readonly exec: MadeExec;
  readonly channel: ExecChannel;
  /** Runs a command in the same container. */
  readonly run: (command: readonly string[]) => Promise<void>;
}

/** Resolves once the terminal's line runs. */
export async function toTerminal(
  { client, exec, channel, run }: TerminalParts,
  size: { readonly columns: number; readonly rows: number },
  signal: AbortSignal,
): Promise<DriverPty> {
  const { stdin, stdout, exit } = channel;
  const resize = async (columns: number, rows: number): Promise<void> => {
    // It may just have ended.
    await client.resizeExec(exec, columns, rows, AbortSignal.timeout(ANSWER_MS)).catch(() => {});
  };
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  exit.then(over, over);
  const stat = await firstLine(stdout, signal);
  await resize(size.columns, size.rows);
  const pid = stat?.split(' ', 1)[0] ?? '';
  const birth = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const hangUp = (): void => {
    if (isOver || !/^\d+$/.test(pid)) return;
    run(['/bin/sh', '-c', HANG_UP, 'sh', pid, birth]).catch(() => channel.destroy());
  };
  return { stdin, stdout, exit, resize, destroy: hangUp };
}
