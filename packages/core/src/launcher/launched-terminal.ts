import { type Driver, type DriverTerminal, NotStarted, type ProcessRequest, type TerminalRequest } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { FramedReadable } from './framed-readable.ts';
import { Launch } from './launch.ts';
import { terminalLine } from './line.ts';
import { terminalPreamble } from './preamble.ts';
import { TerminalStream } from './terminal-stream.ts';

/** What is held here of what nobody reads; the PTY holds its command back behind it. */
const HELD_BYTES = 65_536;

/** What a terminal is launched with. */
export interface TerminalLaunch {
  readonly openPty: NonNullable<Driver['openPty']>;
  /** `toProcessRequest` of `asked`. */
  readonly request: ProcessRequest;
  readonly asked: TerminalRequest;
  readonly inbox: string;
  readonly supervisor: Supervisor;
  readonly lifelineMs: number;
  readonly shell: string | undefined;
}

/** The command in a terminal, as a launcher starts it. In place of a login shell stands what there is where none is found. */
export function toProcessRequest({ command = ['/bin/sh', '-l'], ...asked }: TerminalRequest, nonce: string): ProcessRequest {
  return { ...asked, command, nonce, env: { ...asked.env, TERM: asked.term }, limits: {}, mergeStderr: false, stdin: true };
}

/** Opens a PTY, has a launcher start the command in it, and gives what comes from then on. Rejects as `Driver.openTerminal` does. */
export async function launchTerminal(
  { openPty, request, asked, shell, ...parts }: TerminalLaunch,
  signal: AbortSignal,
): Promise<DriverTerminal> {
  const { nonce } = request;
  const { columns, rows, term, command } = asked;
  const source = terminalPreamble(request, parts.inbox, command === undefined);
  const pty = await openPty({ line: terminalLine(nonce, shell), columns, rows, term }, signal).catch((fault: unknown) => {
    throw fault instanceof NotStarted || isExecError(fault) ? fault : notOpened(fault);
  });
  const ready = new FramedReadable(pty.stdout, nonce, HELD_BYTES);
  const stdout = new FramedReadable(ready, nonce, HELD_BYTES);
  const launch = new Launch({ ...parts, process: pty, ready, stdout, group: 'session', request, source });
  try {
    const launched = await launch.begin(signal);
    const { stdin } = pty;
    return {
      ...launched,
      stream: new TerminalStream({ stdout, stdin, destroy: () => pty.destroy() }),
      resize: (...size) => pty.resize(...size),
    };
  } catch (fault) {
    pty.destroy();
    throw fault;
  }
}

function notOpened(cause: unknown): NotStarted {
  return new NotStarted(new ExecError('EXEC_UNAVAILABLE', `The terminal did not open: ${messageOf(cause)}.`, { cause }));
}
