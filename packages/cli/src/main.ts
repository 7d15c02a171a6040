import { readFileSync } from 'node:fs';
import { isExecError } from '@errand/core';
import { Command, CommanderError } from 'commander';
import { addAttachCommand } from './commands/attach.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addImportCommand } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addKillCommand } from './commands/kill.ts';
import { addPsCommand } from './commands/ps.ts';
import { addRunCommand } from './commands/run.ts';
import { addServeCommand } from './commands/serve.ts';
import { addShellCommand } from './commands/shell.ts';
import { addTargetsCommand } from './commands/targets.ts';
import { addTokenCommand } from './commands/token.ts';
import { addTrustCommand } from './commands/trust.ts';
import { addValidateCommand } from './commands/validate.ts';
import { ConfigError } from './config/fault.ts';
import { exitCodeOfFault, USAGE } from './exit-code.ts';
import { flagMessage } from './flag-message.ts';
import { ReaderGone } from './output/forward.ts';
import { printText } from './output/print-text.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command line and leaves its exit code in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const printed: Promise<void>[] = [];
  const print = (text: string): void => void printed.push(printText(text));
  try {
    await makeProgram(print).parseAsync(argv).catch(usageOrHelp);
    await Promise.all(printed);
  } catch (fault) {
    tell(fault, argv[2]);
    process.exitCode = exitCodeOfFault(fault);
  }
}

function makeProgram(print: (text: string) => void): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('errand')
    .description('Runs commands somewhere else, and serves them to MCP clients.')
    .version(version)
    .enablePositionalOptions()
    .configureOutput({
      writeOut: print,
      // Unlike a stream, the console lets a reader of stderr go.
      writeErr: (text) => console.error(text.replace(/^error: /, 'errand: ').replace(/\n$/, '')),
    })
    .exitOverride();
  addRunCommand(program);
  addShellCommand(program);
  addPsCommand(program);
  addAttachCommand(program);
  addKillCommand(program);
  addServeCommand(program);
  addTokenCommand(program);
  addTrustCommand(program);
  addInitCommand(program);
  addImportCommand(program);
  addTargetsCommand(program);
  addValidateCommand(program);
  addDoctorCommand(program);
  addCompletionCommand(program, print);
  program.showHelpAfterError("See 'errand --help'.");
  for (const command of program.commands) command.showHelpAfterError(`See 'errand ${command.name()} --help'.`);
  return program;
}

/** Commander has printed its own message, or the help that was asked for. */
function usageOrHelp(fault: unknown): void {
  if (!(fault instanceof CommanderError)) throw fault;
  process.exitCode = fault.exitCode === 0 ? 0 : USAGE;
}

function tell(fault: unknown, command: string | undefined): void {
  if (fault instanceof ReaderGone) return;
  if (isExecError(fault)) console.error(`errand: ${flagMessage(fault, command)}`);
  else if (fault instanceof ConfigError) console.error(fault.message.replace(/^/gm, 'errand: '));
  else if (fault instanceof UsageError) console.error(`errand: ${fault.message}`);
  else console.error('errand: this is a fault of Errand itself:', fault);
}
