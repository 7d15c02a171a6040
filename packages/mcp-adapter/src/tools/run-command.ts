import type { Command, SpawnOptions } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { exposesCommands, refuseUnlessCommands } from '../allowed/exposed.ts';
import { refuseBeyond } from '../allowed/refuse-beyond.ts';
import type { Call } from '../call.ts';
import { decoded } from '../decoded.ts';
import { toErrorResult } from '../error-result.ts';
import { keyOf, type Owner, ownerOf } from '../jobs/owner.ts';
import type { Ran, Runner } from '../runs/runner.ts';
import { defaultTimeoutOf, longestTimeoutOf, type Target, type TargetList } from '../targets.ts';
import type { OwnTool } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { DEFAULT_OUTPUT_BYTES } from './fields.ts';
import { refuseInSession, whereItBegins } from './in-session.ts';
import { toRunCommandResult } from './run-command-result.ts';
import { BACKGROUND_WAIT_MS, defaultWaitOf, type RunCommandArguments, runCommandInput, runCommandOutput } from './run-command-schemas.ts';

const DESCRIPTION = `Runs a command and returns how it ended with its stdout and stderr. What runs longer than \`wait_ms\` runs on as a job.
There is no terminal and, without \`stdin\`, no input: use flags that do not ask.
Each call starts afresh unless \`session\` keeps directory and variables. A non-zero exit code is a result, not an error.
What it leaves running (\`npm run dev &\`) is ended when it exits: use \`background: true\` instead. Long output is cut in the middle: read_output gives the rest.`;

/** The tool that runs commands. */
export function runCommandTool(targets: TargetList, runner: Runner, options: CheckedToolOptions): OwnTool {
  const inputSchema = runCommandInput(options, targets);
  const defaultWait = defaultWaitOf(options);
  const exposing = targets.all.filter(exposesCommands);

  async function run(args: RunCommandArguments, call: Call): Promise<Ran> {
    const target = args.target === undefined ? targets.resolve(undefined, exposing) : targets.resolve(args.target);
    refuseUnlessCommands(target);
    refuseBeyond(target, { ...args, timeoutMs: args.timeout_ms });
    const command = toCommand(args);
    const owner = ownerOf(options.tenant, call);
    const { timeout_ms: timeoutMs = defaultTimeout(target, options, args), max_output_bytes: maxOutputBytes = DEFAULT_OUTPUT_BYTES } = args;
    const submission = {
      owner,
      target,
      command,
      options: { ...toSpawnOptions(args, owner), timeoutMs, maxOutputBytes },
      ...(args.stdin_open === true && args.stdin !== undefined && { firstInput: decoded('stdin', args.stdin) }),
    };
    const show = { timeoutMs, maxOutputBytes, mergeStderr: args.merge_stderr ?? false, prefix: options.prefix };
    const asked = { call, submission, show, waitMs: args.wait_ms ?? defaultWait };
    if (args.session !== undefined) {
      refuseInSession(args);
      return await runner.inSession(asked, args.session, whereItBegins(args));
    }
    if (args.background !== true) return await runner.here(asked);
    // What fails at once is told at once.
    return await runner.inBackground(asked, args.wait_ms === undefined ? BACKGROUND_WAIT_MS : undefined);
  }

  return {
    name: 'run_command',
    title: 'Run a command',
    description: DESCRIPTION,
    inputSchema,
    outputSchema: runCommandOutput,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    run: async (args, call) => {
      const parsed = inputSchema.parse(args);
      const renamed = { detached: 'background', ...(parsed.argv !== undefined && { command: 'argv' }) };
      try {
        const { view, show } = await run(parsed, call);
        return toRunCommandResult(view, show);
      } catch (error) {
        return toErrorResult(error, renamed);
      }
    },
  };
}

function toCommand({ command, argv }: RunCommandArguments): Command {
  if (command !== undefined && argv === undefined) return command;
  if (argv !== undefined && command === undefined) return argv;
  const wrong = command === undefined ? 'neither was given' : 'both were given';
  throw invalidOption('command, argv', wrong, 'command (shell source), or argv (program and arguments)');
}

function toSpawnOptions(args: RunCommandArguments, owner: Owner): SpawnOptions {
  if (args.stdin_open === true && args.background === true)
    throw invalidOption('stdin_open', 'a background job has no open stdin', 'stdin with background, or stdin_open without');
  return {
    ...(args.cwd !== undefined && { cwd: args.cwd }),
    ...(args.env !== undefined && { env: args.env }),
    ...(args.user !== undefined && { user: args.user }),
    ...(args.stdin_open === true ? { stdin: 'pipe' } : stdinOf(args)),
    ...(args.merge_stderr === true && { stderr: 'stdout' }),
    ...(args.idempotency_key !== undefined && { idempotencyKey: keyOf(args.idempotency_key, owner) }),
    ...(owner.tenant !== undefined && { tenant: owner.tenant }),
  };
}

/** As bytes: to `spawn` the text 'pipe' asks for a pipe. */
function stdinOf({ stdin }: RunCommandArguments): SpawnOptions {
  return stdin === undefined ? {} : { stdin: decoded('stdin', stdin) };
}

/** What is to run in the background is not to end after minutes. */
function defaultTimeout(target: Target, options: CheckedToolOptions, { background }: RunCommandArguments): number {
  return background === true ? longestTimeoutOf(target, options) : defaultTimeoutOf(target, options);
}
