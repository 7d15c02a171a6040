import { finished } from 'node:stream/promises';
import type { Command as ErrandCommand, Execution, ExecResult, SpawnOptions } from '@errand/core';
import type { Command } from 'commander';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { collectVariable } from '../environment-option.ts';
import { resultToJson } from '../result-json.ts';
import { standardOutput } from '../standard-output.ts';
import { openTarget } from '../targets.ts';
import { Termination } from '../termination.ts';
import { parseDuration, parseSize } from '../units.ts';
import { UsageError } from '../usage-error.ts';

interface RunFlags {
  readonly c?: string;
  readonly target: string;
  readonly timeout?: number;
  readonly idleTimeout?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** False with `-n`. */
  readonly stdin: boolean;
  readonly tty?: boolean;
  readonly json?: boolean;
  readonly maxOutput?: number;
}

/** Adds `errand run`. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run a command, and exit with its code')
    .usage('[options] [--] PROGRAM [ARGUMENT...]\n       errand run [options] -c SCRIPT')
    .argument('[argv...]', 'program and arguments; no shell parses them')
    .option('-c <script>', 'shell source to run with /bin/sh, in place of a program')
    .option('--target <name>', 'where to run', 'local')
    .option('--timeout <duration>', 'end the command after this time, such as 30s (exit code 124)', (text) => parseDuration('--timeout', text))
    .option('--idle-timeout <duration>', 'end it after this time without output (exit code 124)', (text) => parseDuration('--idle-timeout', text))
    .option('--cwd <directory>', 'where the command starts')
    .option('--env <NAME=value>', 'set a variable; NAME alone takes its value from here; may be repeated', collectVariable)
    .option('--user <name>', 'the account to run as')
    .option('-n, --no-stdin', 'give the command no stdin')
    .option('-t, --tty', 'ask for a terminal')
    .option('--json', 'print the result as one JSON object instead of the output')
    .option('--max-output <size>', 'with --json: how much of each stream to keep, such as 64KiB (default: 1MiB)', (text) => parseSize('--max-output', text))
    .passThroughOptions()
    .action(async (argv: string[], flags: RunFlags) => {
      process.exitCode = await run(argv, flags);
    });
}

async function run(argv: readonly string[], flags: RunFlags): Promise<number> {
  const command = commandOf(argv, flags);
  if (flags.tty) throw new UsageError('-t: terminals are not there yet. Leave it out.');
  const executor = openTarget(flags.target);
  const cancel = new AbortController();
  try {
    const execution = executor.spawn(command, toSpawnOptions(flags, cancel.signal));
    const termination = new Termination((signal, first) => {
      if (first) cancel.abort(new UsageError(`interrupted by ${signal} before the command started`));
      // Who asks twice will not wait for the grace.
      else void execution.kill('SIGKILL');
    });
    try {
      const code = flags.json ? await printJson(execution) : await printLive(execution);
      return termination.signal ? exitCodeOfSignal(termination.signal) : code;
    } finally {
      termination.stop();
    }
  } finally {
    await executor.close();
  }
}

function commandOf(argv: readonly string[], { c: script }: RunFlags): ErrandCommand {
  if (script === undefined && argv.length === 0) throw new UsageError('run: there is nothing to run. Give a program, or -c SCRIPT.');
  if (script !== undefined && argv.length > 0) throw new UsageError('-c: takes a whole script; a program beside it is not allowed.');
  return script ?? argv;
}

function toSpawnOptions(flags: RunFlags, signal: AbortSignal): SpawnOptions {
  const { timeout, idleTimeout, cwd, env, user, json, maxOutput } = flags;
  return {
    signal,
    // Live output is passed on, so nothing of it need be kept.
    maxOutputBytes: json ? (maxOutput ?? 1_048_576) : 0,
    ...(forwardsStdin(flags) && { stdin: process.stdin }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(user !== undefined && { user }),
  };
}

/** A terminal's stdin belongs to whoever types there; without `-t` the command gets none. */
function forwardsStdin({ stdin }: RunFlags): boolean {
  return stdin && !process.stdin.isTTY;
}

async function printJson(execution: Execution): Promise<number> {
  const result = await execution.result;
  const out = standardOutput(1);
  out.end(`${JSON.stringify(resultToJson(result))}\n`);
  await finished(out).catch(() => {});
  return exitCodeOfResult(result);
}

async function printLive(execution: Execution): Promise<number> {
  let closed = false;
  const onClosed = (): void => {
    closed = true;
    // Whoever read our output is gone, as in `errand run … | head -1`: nothing that the command does is wanted any more.
    void execution.kill();
  };
  const streams = [forward(execution.stdout, standardOutput(1), onClosed), forward(execution.stderr, standardOutput(2), onClosed)];
  const result = await execution.result;
  await Promise.all(streams);
  if (closed) return exitCodeOfSignal('SIGPIPE');
  tell(result);
  return exitCodeOfResult(result);
}

async function forward(source: NodeJS.ReadableStream, sink: NodeJS.WritableStream, onClosed: () => void): Promise<void> {
  sink.on('error', onClosed);
  source.on('error', onClosed);
  source.pipe(sink, { end: false });
  await finished(source).catch(() => {});
}

/** A plain exit speaks for itself; any other end needs a word on stderr. */
function tell({ reason }: ExecResult): void {
  if (reason !== undefined) console.error(`errand: ${reason}`);
}
