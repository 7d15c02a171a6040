import type { Writable } from 'node:stream';
import { ConnectionLost, type DriverProcess, type ProcessExit, type ProcessRequest } from '../driver.ts';
import type { CommandStream } from '../shell/command-stream.ts';
import { endFrame, exitCodeOf } from '../shell/end-frame.ts';
import { told } from '../shell/gone.ts';
import { PID_WRAP_MS } from '../shell/look-script.ts';
import { SupervisedKill } from '../shell/supervised-kill.ts';
import type { Guard } from '../shell/warm-target.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';

/** How a command ended, besides its exit code. */
export interface CommandEnd {
  readonly exitCode: number;
  /** Whether something of it goes on; see `lookScript`. */
  readonly left: string;
  /** `done`; `lost`, when the session's state is that from before it; `exited`, when it ended the session. */
  readonly how: string;
}

export interface SessionCommandParts {
  readonly request: ProcessRequest;
  readonly stdin: Writable | undefined;
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  readonly supervisor: Guard;
  /** The words of its first frame: the session's shell and the checkpoint, each with its start time. */
  readonly started: readonly string[];
  /** Acts when the session is gone; what is returned keeps it from doing so. */
  readonly whenGone: (act: () => void) => () => void;
  /** Why, if it is. */
  readonly whyGone: () => string;
  /** Whether that is since the connection to it was lost. */
  readonly isConnectionLost: () => boolean;
  readonly onEnd: (end: CommandEnd) => void;
  /** It was ended, and its end was not told. */
  readonly onSilence: (why: string) => void;
}

/** A command that runs in a session, as a process. */
export class SessionCommand {
  readonly process: DriverProcess;
  readonly #parts: SessionCommandParts;
  readonly #kill: SupervisedKill;
  readonly #begin = performance.now();

  constructor(parts: SessionCommandParts) {
    this.#parts = parts;
    const { request, stdin, stdout, stderr, supervisor, started } = parts;
    const [, shell, startTime = '0', checkpoint, birth] = started;
    const { marker: key, deadlineMs, killGraceMs } = request;
    this.#kill = new SupervisedKill(supervisor, key);
    const pid = Number(shell);
    const registration = { key, pid, startTime, checkpoint: `${checkpoint}/${birth}`, killGraceMs };
    supervisor.register({ ...registration, ...(deadlineMs !== undefined && { deadlineMs }) });
    this.process = {
      ...(stdin && { stdin }),
      stdout,
      stderr,
      exit: keepingNodeAlive(this.#exit()),
      kill: (signal, scope) => this.#kill.send(signal, scope),
      dropped: async (stream) => parts[stream].omittedBytes,
      letGo: (why) => parts.onSilence(why),
    };
  }

  /** Whether its tree is being ended: then what that still writes is read, as far as it comes soon. */
  get isEnding(): boolean {
    return this.#kill.isEnding;
  }

  async #exit(): Promise<ProcessExit> {
    const { stdout, stderr, whenGone, whyGone, onEnd, isConnectionLost, supervisor, request } = this.#parts;
    const words = await endFrame({ stdout, stderr, whenGone });
    // What it left in the background is the session's now.
    this.#kill.end();
    const exitCode = exitCodeOf(words);
    if (!words || exitCode === undefined) {
      stdout.orphan();
      stderr.orphan();
      await told(whenGone);
      if (isConnectionLost() || supervisor.connectionLost(request.marker)) throw new ConnectionLost(whyGone());
      throw new Error(whyGone());
    }
    const [, , left = 'held', how = ''] = words;
    // The session's pipes are closed then.
    if (how === 'exited') await Promise.all([stdout.readOn(), stderr.readOn()]);
    onEnd({ exitCode, how, left: performance.now() - this.#begin >= PID_WRAP_MS ? 'held' : left });
    return { exitCode };
  }
}
