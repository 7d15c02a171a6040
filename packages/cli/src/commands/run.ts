import { type Command, Option } from 'commander';
import { collectVariable } from '../run/environment-option.ts';
import { RUN_HELP } from '../run/help.ts';
import { parsePriority } from '../run/priority.ts';
import { run } from '../run/run.ts';
import type { RunFlags } from '../run/run-flags.ts';
import { parseDuration, parseSize } from '../units.ts';
import { configOption, targetOption } from './target-options.ts';

/** 1 TiB. */
const MAX_SPOOL_BYTES = 1024 ** 4;

/** Adds `errand run`. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run a command, and exit with its code')
    .usage('[options] [--] PROGRAM [ARGUMENT...]\n       errand run [options] -c SCRIPT')
    .argument('[argv...]', 'program and arguments; no shell parses them')
    .option('-c <script>', 'shell source to run with /bin/sh, in place of a program')
    .addOption(targetOption('where to run'))
    .addOption(configOption())
    .option('--timeout <duration>', 'end the command after this time, such as 30s', (text) => parseDuration('--timeout', text))
    .option('--idle-timeout <duration>', 'end it after this time without output', (text) => parseDuration('--idle-timeout', text))
    .option('--cwd <directory>', 'where the command starts')
    .option('--env <NAME=value>', 'set a variable; NAME alone takes its value from here; may be repeated', collectVariable)
    .option('--user <name>', 'the account to run as')
    .option('--tenant <name>', 'whose command it is, for queues and quotas')
    .option('--priority <priority>', 'where the target has a queue: high, normal, low, or a number', parsePriority)
    .option('--queue-timeout <duration>', 'where the target has a queue: how long to wait for a turn', (text) =>
      parseDuration('--queue-timeout', text),
    )
    .option('-n, --no-stdin', 'give the command no stdin')
    .addOption(new Option('-t, --tty', 'ask for a terminal').hideHelp())
    .option('--json', 'print the result as one JSON object, in place of the output')
    .option('--max-output <size>', 'with --json: how much of each stream to keep (default: 1MiB, at most 32MiB)', (text) =>
      parseSize('--max-output', text),
    )
    .option('--detach', 'print the id of a command that goes on without this process, and exit with 0 once it runs')
    .option('--keep <duration>', 'with --detach: how long to keep it once it ended (default: 1d)', (text) => parseDuration('--keep', text))
    .option('--max-spool <size>', 'with --detach: how much of each stream to keep (default: 64MiB)', (text) =>
      parseSize('--max-spool', text, MAX_SPOOL_BYTES),
    )
    .option('--idempotency-key <key>', 'with --detach: the same command under the same key is started once; kept for 1h at least')
    // What follows the first word that is no option belongs to the command, also without `--`.
    .passThroughOptions()
    .addHelpText('after', RUN_HELP)
    .action(async (argv: string[], flags: RunFlags) => {
      const { code, signal } = await run(argv, flags);
      process.exitCode = code;
      // Output that nobody takes would keep this process alive.
      if (signal) process.exit();
    });
}
