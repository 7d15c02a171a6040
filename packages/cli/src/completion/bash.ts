import type { CompletedCommand, CompletedOption } from './completed-command.ts';
import { quoted, TARGETS } from './quoted.ts';

/** Completion for bash 3.2 and later. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of errand for bash: source <(errand completion bash)
_errand_at() {
  known= options= valued= passes=
  case "$1" in
${commands.map(place).join('\n')}
  esac
}

_errand() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} place=errand value= next i
  local known options valued passes
  COMPREPLY=()
  _errand_at "$place"
  for ((i = 1; i < COMP_CWORD; i++)); do
    next=\${COMP_WORDS[i]}
    if [[ -n $value ]]; then value=; continue; fi
    if [[ " $valued " == *" $next "* ]]; then value=1; continue; fi
    [[ $next == -* ]] && continue
    if [[ " $known " == *" $next "* ]]; then place="$place $next"; _errand_at "$place"; continue; fi
    # From here on the words are another program's.
    [[ -n $passes ]] && return
  done
  if [[ -n $value ]]; then
    case "$place:$previous" in
${commands.flatMap(values).join('\n')}
    esac
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$known" -- "$word"))
  fi
}

complete -o bashdefault -o default -F _errand errand
`;
}

function place({ path, commands, operands, options, passes }: CompletedCommand): string {
  const known = [...commands.map(({ name }) => name), ...operands].join(' ');
  const valued = options.filter(({ value }) => value !== undefined);
  return `    ${quoted(path)}) known=${quoted(known)} options=${quoted(names(options))} valued=${quoted(names(valued))} passes=${passes ? 1 : ''} ;;`;
}

function names(options: readonly CompletedOption[]): string {
  return options.flatMap((option) => option.names).join(' ');
}

function values({ path, options }: CompletedCommand): string[] {
  return options.flatMap(({ names: [...all], value }) => {
    if (value === undefined || value === 'file' || value === 'other') return [];
    const words = value === 'target' ? `"$(${TARGETS})"` : quoted(value.join(' '));
    return `      ${all.map((name) => quoted(`${path}:${name}`)).join('|')}) COMPREPLY=($(compgen -W ${words} -- "$word")) ;;`;
  });
}
