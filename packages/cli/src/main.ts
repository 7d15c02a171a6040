import { readFileSync } from 'node:fs';
import { isExecError } from '@errand/core';
import { Command, CommanderError } from 'commander';
import { addDoctorCommand } from './commands/doctor.ts';
import { addRunCommand } from './commands/run.ts';
import { addServeCommand } from './commands/serve.ts';
import { exitCodeOfFault, USAGE } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command line and leaves its exit code in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await makeProgram().parseAsync(argv);
  } catch (fault) {
    process.exitCode = tell(fault);
  }
}

function makeProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('errand')
    .description('Runs commands somewhere else, and serves them to MCP clients.')
    .version(version)
    .enablePositionalOptions()
    .configureOutput({ outputError: (message, write) => write(message.replace(/^error: /, 'errand: ')) })
    .exitOverride();
  addRunCommand(program);
  addServeCommand(program);
  addDoctorCommand(program);
  return program;
}

function tell(fault: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (fault instanceof CommanderError) return fault.exitCode === 0 ? 0 : USAGE;
  if (fault instanceof UsageError || isExecError(fault)) console.error(`errand: ${fault.message}`);
  else console.error('errand: this is a fault of Errand itself:', fault);
  return exitCodeOfFault(fault);
}
