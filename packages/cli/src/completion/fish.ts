import type { CompletedCommand, CompletedOption } from './completed-command.ts';
import { TARGETS } from './quoted.ts';

/** Completion for fish, with what each word is about. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const valued = commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== undefined).flatMap(({ names }) => names.map((name) => word(`${path}:${name}`))),
  );
  return `# Completion of errand for fish: errand completion fish | source
function __errand_place
    set -l place errand
    set -l value no
    for next in (commandline -opc)[2..-1]
        if test $value = yes
            set value no
        else if contains -- "$place:$next" ${valued.join(' ')}
            set value yes
        else if string match -q -- '-*' $next
        else if contains -- "$place $next" ${commands.map(({ path }) => word(path)).join(' ')}
            set place "$place $next"
        else if contains -- "$place" ${commands.flatMap(({ path, passes }) => (passes ? [word(path)] : [])).join(' ')}
            # From here on the words are another program's.
            return 1
        end
    end
    echo $place
end

function __errand_at
    test (__errand_place; or echo none) = $argv[1]
end

function __errand_targets
    ${TARGETS}
end

${commands.flatMap(place).join('\n')}
`;
}

function place({ path, commands, operands, options, passes }: CompletedCommand): string[] {
  const here = `complete -c errand -n ${word(`__errand_at ${word(path)}`)}`;
  return [
    // Where there are words of its own, a file is none.
    ...(passes || (commands.length === 0 && operands.length === 0) ? [] : [`${here} -f`]),
    ...commands.map(({ name, about }) => `${here} -f -a ${word(name)} -d ${word(about)}`),
    ...operands.map((name) => `${here} -f -a ${word(name)}`),
    ...options.map((option) => `${here} ${flags(option)}`),
  ];
}

function flags({ names, about, value }: CompletedOption): string {
  const spelt = names.map((name) => (name.startsWith('--') ? `-l ${word(name.slice(2))}` : `-s ${word(name.slice(1))}`));
  return [...spelt, ...taken(value), `-d ${word(about)}`].join(' ');
}

function taken(value: CompletedOption['value']): string[] {
  if (value === undefined) return [];
  if (value === 'file') return ['-r'];
  if (value === 'other') return ['-x'];
  return [`-x -a ${word(value === 'target' ? '(__errand_targets)' : value.join(' '))}`];
}

/** Within single quotes fish knows `\\` and `\'`, and nothing else. */
function word(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
