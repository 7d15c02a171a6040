import { DEADLINES } from './script/deadlines.ts';
import { INPUT_WAIT } from './script/input-wait.ts';
import { LOOP } from './script/loop.ts';
import { PROCESSES } from './script/processes.ts';
import { REAP } from './script/reap.ts';
import { REGISTRY } from './script/registry.ts';
import { SESSION_COMMANDS } from './script/session-commands.ts';
import { SIGNALS } from './script/signals.ts';

/**
 * The control shell that guards commands on a target, in POSIX sh: dash, bash and busybox ash run it alike, and it needs
 * no more than cat, sed, grep, tr and sleep (and uname and readlink, for who asks what waits for input). It defines functions; `supervisorSource` calls the first.
 *
 * A relay of the client's lines, a ticker that exists only while something needs time, and launchers all write to one
 * pipe (by its name, `/proc/PID/fd/5`, or a FIFO where there is no /proc); one loop reads it.
 *
 * Lines in: `R key pid start deadlineMs|- graceMs [checkpoint]` registers (a command in a session with its checkpoint's pid/start), `U key 0|1` releases (1: what it left stays),
 * `E key` says that its whole tree is being ended and is to be gone after its grace, `S id key SIGNAL group|session|tree` signals,
 * `A id key` gives a start up, `W id key` asks whether it waits for input, `H` is a heartbeat, `Q` ends the supervisor alone. Its own: `P` tells the relay's pid, `T` is
 * a tick, `Y` the end of a last wait, `Z` the end of input.
 * Lines out: `NONCE hello BOOT|- WHO uptime|stat|none PATH`, see `Inbox`; `s id 0|1|2`: whether anything was there (2: the shell knows no such signal);
 * `d key`: a deadline passed; `x`: the lifeline expired.
 */
export const SUPERVISOR_SCRIPT: string = [LOOP, REGISTRY, SIGNALS, INPUT_WAIT, PROCESSES, SESSION_COMMANDS, DEADLINES, REAP].join('');

/** What one supervisor is told at its start. */
export interface SupervisorArguments {
  /** Begins the marker of all its executor's executions: letters and digits. */
  readonly executorMarker: string;
  /** Seconds without a heartbeat after which it ends everything; 0 when there are none, and only the end of input counts. */
  readonly silenceSeconds: number;
  /** Whether the client starts commands before it registers them, so that at its death all that carry the marker must go. */
  readonly unregistered: boolean;
  /** Begins its first line, whatever the shell printed before. */
  readonly nonce: string;
}

/**
 * What to write to a plain sh. Nothing more may be written until the hello line came: a shell may read ahead of the
 * command that it runs.
 */
export function supervisorSource({ executorMarker, silenceSeconds, unregistered, nonce }: SupervisorArguments): string {
  return `${SUPERVISOR_SCRIPT}__errand_supervise ${executorMarker} ${silenceSeconds} ${unregistered ? 1 : 0} ${nonce}; exit\n`;
}
