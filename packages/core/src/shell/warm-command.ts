import { ConnectionLost, type DriverProcess, type KillScope, type ProcessExit, type ProcessRequest } from '../driver.ts';
import type { Signal } from '../result.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { CommandStream } from './command-stream.ts';
import { endFrame, exitCodeOf } from './end-frame.ts';
import { told } from './gone.ts';
import { PID_WRAP_MS } from './look-script.ts';
import type { Guard } from './warm-target.ts';

/** A killed shell says nothing any more: what a shell would say of a command that SIGKILL ended. */
const KILLED: ProcessExit = { exitCode: 137 };

export interface WarmCommandParts {
  readonly request: ProcessRequest;
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  readonly shell: { retire(): void; whenGone(act: () => void): () => void; readonly isConnectionLost: boolean };
  readonly supervisor: Guard;
  /** The shell's, which leads the command's process group. */
  readonly pid: number;
  readonly birth: string;
  /** Where it has registered itself; undefined where it has not. */
  readonly inbox: string | undefined;
}

/** A command that runs in a warm shell, as a process. */
export class WarmCommand {
  readonly process: DriverProcess;
  readonly #parts: WarmCommandParts;
  readonly #key: string;
  readonly #begin = performance.now();
  #left: string | undefined;
  #killed = false;
  #ending = false;
  #released = false;

  constructor(parts: WarmCommandParts) {
    this.#parts = parts;
    const { request, stdout, stderr, supervisor, pid, birth, inbox } = parts;
    this.#key = request.marker;
    const { deadlineMs, killGraceMs } = request;
    const registration = { key: this.#key, pid, startTime: birth, killGraceMs, ...(deadlineMs !== undefined && { deadlineMs }) };
    if (inbox === undefined) supervisor.register(registration);
    else supervisor.adopt(registration, inbox);
    this.process = {
      stdout,
      stderr,
      exit: keepingNodeAlive(this.#exit()),
      kill: (signal, scope) => this.#kill(signal, scope),
      dropped: async (stream) => parts[stream].omittedBytes,
    };
  }

  async #exit(): Promise<ProcessExit> {
    const { stdout, stderr, request, shell, supervisor } = this.#parts;
    const words = await endFrame({ stdout, stderr, whenGone: (act) => shell.whenGone(act) });
    const exitCode = exitCodeOf(words);
    if (!words || exitCode === undefined) {
      this.#left = 'held';
      stdout.orphan();
      stderr.orphan();
      if (this.#killed) return KILLED;
      await told((act) => shell.whenGone(act));
      const message = 'the shell that ran the command ended before it said how the command did';
      if (shell.isConnectionLost || supervisor.connectionLost(this.#key)) throw new ConnectionLost(`${message}: the connection was lost`);
      throw new Error(message);
    }
    const [, , left = 'held'] = words;
    const ranMs = performance.now() - this.#begin;
    this.#left = ranMs < PID_WRAP_MS ? left : 'held';
    // The target's own deadline may be about to end the shell's group.
    if (this.#left === 'held' || (request.deadlineMs !== undefined && ranMs >= request.deadlineMs)) shell.retire();
    if (this.#left !== 'held' && !this.#ending) this.#release();
    return { exitCode, mayHaveLeft: this.#left !== 'none' };
  }

  async #kill(signal: Signal | 'SIG0', scope: KillScope): Promise<boolean> {
    const { shell, supervisor } = this.#parts;
    // Nothing of it is in the shell's group and session any more, and the shell may have another command by now.
    if (this.#released && scope === 'group') return false;
    if (!this.#released && signal !== 'SIG0') {
      shell.retire();
      if (signal === 'SIGKILL') this.#killed = true;
      if (scope === 'tree' && !this.#ending) {
        this.#ending = true;
        supervisor.ending(this.#key);
      }
    }
    const found = await supervisor.signal(this.#key, signal, scope);
    if (!found && this.#left !== undefined && (scope === 'tree' || !this.#ending)) this.#release();
    return found;
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#parts.supervisor.release(this.#key, { left: this.#left !== 'none' && !this.#ending });
  }
}
