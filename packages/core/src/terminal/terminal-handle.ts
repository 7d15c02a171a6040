import type { Duplex } from 'node:stream';
import { checkTerminalSize } from '../checks/check-options.ts';
import { ConnectionLost, type DriverTerminal, type ProcessExit } from '../driver.ts';
import { CollectedOutput } from '../engine/collected-output.ts';
import { endTree, type TreeEnding } from '../engine/end-tree.ts';
import { Ending } from '../engine/ending.ts';
import { makeResult } from '../engine/make-result.ts';
import { messageOf } from '../message-of.ts';
import type { ExecResult } from '../result.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { Terminal } from '../terminal.ts';

export interface TerminalHandleParts {
  readonly id: string;
  /** The executor's name. */
  readonly target: string;
  readonly terminal: DriverTerminal;
  readonly killGraceMs: number;
  /** How long opening took. */
  readonly startMs: number;
  readonly signal?: AbortSignal;
}

/** A terminal that is open, until its command exits or it is closed. */
export class TerminalHandle implements Terminal {
  readonly id: string;
  readonly stream: Duplex;
  readonly result: Promise<ExecResult>;
  /** Resolves once nothing is left of it that can be ended. */
  readonly ended: Promise<void>;
  readonly #parts: TerminalHandleParts;
  readonly #ending = new Ending();
  readonly #opened: number = performance.now();
  #treeEnding: TreeEnding | undefined;
  #leftovers: TreeEnding | undefined;
  #over = false;

  constructor(parts: TerminalHandleParts) {
    this.id = parts.id;
    this.stream = parts.terminal.stream;
    this.#parts = parts;
    const { signal } = parts;
    const abort = (): void => this.#cancel("the caller's signal aborted");
    signal?.addEventListener('abort', abort, { once: true });
    this.result = this.#live().finally(() => signal?.removeEventListener('abort', abort));
    this.ended = this.result.then(
      async () => void (await (this.#treeEnding ?? this.#leftovers)?.gone),
      () => {},
    );
    if (signal?.aborted) abort();
  }

  async resize(columns: number, rows: number): Promise<void> {
    checkTerminalSize(columns, rows);
    if (!this.#over) await this.#parts.terminal.resize(columns, rows);
  }

  close(): Promise<void> {
    return this.end('the terminal was closed');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** As `close`, for a reason of its own. */
  async end(reason: string): Promise<void> {
    this.#cancel(reason);
    await keepingNodeAlive(this.ended);
  }

  #cancel(reason: string): void {
    if (!this.#ending.force({ outcome: 'cancelled', reason })) return;
    const { terminal, killGraceMs } = this.#parts;
    if (terminal.kill) this.#treeEnding = endTree(terminal, { signal: 'SIGHUP', graceMs: killGraceMs, scope: 'tree' });
    else terminal.stream.destroy();
  }

  async #live(): Promise<ExecResult> {
    const { id, target, terminal, killGraceMs, startMs } = this.#parts;
    let fault: string | undefined;
    const exit = await terminal.exit.catch((error: unknown): ProcessExit => {
      fault = messageOf(error);
      return ConnectionLost.exitOf(error);
    });
    this.#over = true;
    this.#ending.settle();
    const runMs = performance.now() - this.#opened;
    // A shell's jobs have groups of their own: what ends with the terminal is its session.
    if (!this.#treeEnding) this.#leftovers = endTree(terminal, { signal: 'SIGHUP', graceMs: killGraceMs, scope: 'group' });
    await this.#treeEnding?.gone;
    return makeResult({
      spec: { id, target },
      exit,
      forced: this.#ending.forced,
      fault,
      note: undefined,
      stdout: new CollectedOutput([], [], 0, 0),
      stderr: new CollectedOutput([], [], 0, 0),
      timings: { queuedMs: 0, startMs, runMs },
    });
  }
}
