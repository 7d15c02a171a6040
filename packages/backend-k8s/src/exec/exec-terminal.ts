import { type DriverPty, type PtyRequest, quote } from '@errand/core';
import { firstLine } from '@errand/core/container';
import { type ExecJudge, type ExecPlace, ExecRefused, exitOf } from './exec-channel.ts';
import { ExecSocket } from './exec-socket.ts';

const ANSWER_MS = 10_000;

/** Says who leads the terminal's session before it becomes LINE: pid and start time, which no API tells. */
function terminalCommand(line: string, term: string): string[] {
  const name = `TERM=${quote(term)}; export TERM`;
  return ['/bin/sh', '-c', `read -r __errand_stat </proc/$$/stat; printf "%s\\n" "$__errand_stat"; unset __errand_stat; ${name}; ${line}`];
}

/** As the kernel does it where a terminal is gone: a node keeps it open for who is no longer there. */
const HANG_UP =
  'pid=$1 birth=$2; read -r stat </proc/$pid/stat || exit 0; set -- ${stat##*) }; shift 19; ' +
  '[ "$1" != "$birth" ] || { kill -HUP $pid; kill -CONT $pid; }';

/** Resolves once the terminal's line runs. */
export async function openTerminal(place: ExecPlace, request: PtyRequest, judge: ExecJudge, signal: AbortSignal): Promise<DriverPty> {
  const { columns, rows, line, term } = request;
  const { api, path, container } = place;
  const socket = await ExecSocket.open(api, path, container, { command: terminalCommand(line, term), isTerminal: true }, signal);
  const { stdin, stdout, status } = socket;
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  try {
    const refused = status.then((said) => {
      throw new ExecRefused(said.message || 'it ended at once');
    });
    const stat = (await Promise.race([firstLine(stdout, signal), refused])) ?? '';
    socket.resize(columns, rows);
    const exit = exitOf(status, undefined, judge);
    exit.then(over, over);
    const pid = stat.split(' ', 1)[0] ?? '';
    const birth = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    const hangUp = (): void => {
      if (isOver || !/^\d+$/.test(pid)) return;
      run(place, ['/bin/sh', '-c', HANG_UP, 'sh', pid, birth]).catch(() => socket.destroy());
    };
    return { stdin, stdout, exit, resize: async (width, height) => socket.resize(width, height), destroy: hangUp };
  } catch (fault) {
    socket.destroy();
    throw fault;
  }
}

async function run({ api, path, container }: ExecPlace, command: readonly string[]): Promise<void> {
  const socket = await ExecSocket.open(api, path, container, { command }, AbortSignal.timeout(ANSWER_MS));
  socket.stdout.resume();
  socket.stderr.resume();
  socket.stdin.end();
  await socket.status;
}
