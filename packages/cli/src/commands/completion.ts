import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { type CompletedCommand, completedCommands } from '../completion/completed-command.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const HELP = `
Commands, options and their words are completed, and the names of the targets in errand.yaml. After 'errand run' come programs and files.

  bash   source <(errand completion bash)     in ~/.bashrc
  zsh    source <(errand completion zsh)      in ~/.zshrc, after compinit
  fish   errand completion fish | source      in ~/.config/fish/config.fish
`;

/** Adds `errand completion`; it completes what `program` has when it runs. */
export function addCompletionCommand(program: Command, print: (text: string) => void): void {
  program
    .command('completion')
    .description('print what makes a shell complete this command')
    .addArgument(new Argument('<SHELL>', 'bash, zsh or fish').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP)
    .action((shell: string) => {
      print(SHELLS[shell]?.(completedCommands(program)) ?? '');
    });
}
