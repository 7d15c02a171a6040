import type { Command, Option } from 'commander';

/** What can be written at one place of the command line. */
export interface CompletedCommand {
  /** Such as `errand token create`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  /** Of its arguments, where these are few. */
  readonly operands: readonly string[];
  readonly options: readonly CompletedOption[];
  /** Whether what follows its options is another program's. */
  readonly passes: boolean;
}

export interface CompletedOption {
  /** With their dashes. */
  readonly names: readonly string[];
  readonly about: string;
  /** What it takes, where it takes something: a target's name, a file, one of these words, or what only the user knows. */
  readonly value?: 'target' | 'file' | 'other' | readonly string[];
}

/** A program's command line, place by place, as its help has it. */
export function completedCommands(command: Command, before = ''): CompletedCommand[] {
  const help = command.createHelp();
  const path = `${before}${command.name()}`;
  const commands = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  const here: CompletedCommand = {
    path,
    commands: commands.map((one) => ({ name: one.name(), about: one.description() })),
    operands: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    options: help.visibleOptions(command).map(completedOption),
    passes: command.registeredArguments.some(({ variadic }) => variadic),
  };
  return [here, ...commands.flatMap((one) => completedCommands(one, `${path} `))];
}

function completedOption(option: Option): CompletedOption {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const about = option.description.replace(/ \(.*/, '');
  return { names, about, ...(option.required && { value: whatItTakes(option) }) };
}

function whatItTakes({ long, argChoices, flags }: Option): CompletedOption['value'] & {} {
  if (argChoices !== undefined) return argChoices;
  if (long === '--target') return 'target';
  return /<(file|FILE|dir|directory|path)>/.test(flags) ? 'file' : 'other';
}
