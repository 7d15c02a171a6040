import type { Command } from '../command.ts';
import type { Driver, DriverProcess } from '../driver.ts';
import { OutputIterator } from '../engine/output-iterator.ts';
import { Run } from '../engine/run.ts';
import { startChild } from '../local/child.ts';
import { baseEnvironment, commandEnvironment } from '../local/environment.ts';
import type { LocalExecutorOptions } from '../local/local-options.ts';
import { mayHaveLeft, noteCommand } from '../local/may-have-left.ts';
import type { Limits } from '../options.ts';
import type { OutputChunk } from '../output.ts';
import type { ExecResult, Signal } from '../result.ts';

/** One command, checked and complete. Durations in milliseconds. */
export interface ProcessSpec {
  readonly id: string;
  /** Begins the value of `ERRAND_EXECUTION` in its environment; the part of `id` behind its last `-` follows. */
  readonly marker: string;
  readonly command: Command;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly environment?: LocalExecutorOptions['environment'];
  readonly shell: string;
  /** Default: end-of-file at once. */
  readonly input?: Uint8Array;
  readonly limits: Limits;
  readonly mergeStderr: boolean;
  readonly timeoutMs: number;
  readonly idleTimeoutMs?: number;
  readonly killSignal: Signal;
  readonly killGraceMs: number;
  /** Of each stream, kept for the result. */
  readonly maxOutputBytes: number;
}

/** A command of this process. Whatever it leaves ends with it, daemons too. */
export interface ProcessRun {
  /** Resolves once it runs; rejects with an ExecError where it certainly did not start. */
  readonly started: Promise<void>;
  /** Both streams as they come; to be read to its end, or `release`d: the command is held back meanwhile. */
  readonly output: AsyncIterable<OutputChunk>;
  /** Rejects as `started` does. */
  readonly result: Promise<ExecResult>;
  /** After `result`: whether others were made beside its main process, which may be there still. */
  readonly mayHaveLeft: boolean;
  /** Resolves after `result`, to whether all that it left is gone. Never rejects. */
  readonly gone: Promise<boolean>;
  /** Ends the tree by `killSignal`, and by SIGKILL after `killGraceMs`: outcome `cancelled`, unless it ended before. */
  cancel(reason: string): void;
}

const SUPPORTS: Driver['supports'] = {
  launch: 'native',
  clientDeath: 'eof',
  sessions: false,
  terminal: false,
  detached: false,
  files: false,
  user: false,
  kill: true,
  exitSignal: true,
  outOfMemory: false,
  devStdio: false,
  containment: 'marker',
  lifeline: true,
  idempotency: 'executor',
  stdin: true,
  limits: { memoryBytes: 'process', cpuMs: 'process', processes: 'process', fileBytes: 'process', openFiles: 'process' },
  maxStdinBytes: Number.POSITIVE_INFINITY,
  maxOutputBytes: Number.POSITIVE_INFINITY,
  maxTimeoutMs: 2_147_483_647,
};

/** Runs one command as a child of this process, as the local backend does, without what guards it against the death of this process. */
export function runProcess(spec: ProcessSpec): ProcessRun {
  const { marker, environment, input, ...options } = spec;
  /** Looking for what it left takes several looks, which most commands need not wait for. */
  let left = false;
  const running = Promise.withResolvers<void>();
  const start: Driver['start'] = async (request) => {
    const pwd = request.cwd?.startsWith('/') ? { PWD: request.cwd } : {};
    const env = commandEnvironment(baseEnvironment(environment), request.marker, { ...pwd, ...request.env });
    const { pid, process } = await startChild(request, env, undefined);
    noteCommand(pid);
    running.resolve();
    let isOver = false;
    const exit = process.exit.then((exit) => {
      isOver = true;
      left = mayHaveLeft(pid);
      return { ...exit, mayHaveLeft: left };
    });
    // Where nothing can be left, nobody looks through all processes for it.
    const kill: DriverProcess['kill'] = async (signal, scope) => (await process.kill?.(signal, isOver && !left ? 'group' : scope)) ?? false;
    return { ...process, exit, kill };
  };
  const run = new Run({
    id: spec.id,
    target: 'process',
    executorMarker: marker,
    command: spec.command,
    driver: { supports: SUPPORTS, start },
    lifelineMs: 0,
    isInternal: true,
    options: {
      ...options,
      cwd: spec.cwd,
      user: undefined,
      stdin: input,
      idleTimeoutMs: spec.idleTimeoutMs,
      startTimeoutMs: 60_000,
      daemons: 'end',
      tenant: undefined,
      labels: {},
      onOutput: undefined,
    },
  });
  const output = new OutputIterator(run.logs);
  run.result.catch((fault: unknown) => running.reject(fault));
  running.promise.catch(() => {});
  return {
    started: running.promise,
    output,
    result: run.result,
    get mayHaveLeft() {
      return left;
    },
    gone: run.result.then(
      () => !left || run.gone,
      () => true,
    ),
    cancel: (reason) => run.cancel(reason, new Error(reason)),
  };
}
