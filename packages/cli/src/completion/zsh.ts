import type { CompletedCommand, CompletedOption } from './completed-command.ts';
import { quoted, TARGETS } from './quoted.ts';

/** Completion for zsh, with what each word is about. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef errand
# Completion of errand for zsh: source <(errand completion zsh), or a file _errand in a directory of $fpath.
_errand_at() {
  known=() options=() valued=() passes=
  case "$1" in
${commands.map(place).join('\n')}
  esac
}

_errand() {
  local place=errand value= next i passes
  local -a known options valued
  _errand_at "$place"
  for ((i = 2; i < CURRENT; i++)); do
    next=$words[i]
    if [[ -n $value ]]; then value=; continue; fi
    if (( $valued[(Ie)$next] )); then value=$next; continue; fi
    [[ $next == -* ]] && continue
    if [[ -n \${(M)known:#\${(b)next}:*} ]]; then place="$place $next"; _errand_at "$place"; continue; fi
    # From here on the words are another program's.
    if [[ -n $passes ]]; then
      shift $((i - 1)) words
      (( CURRENT -= i - 1 ))
      _normal
      return
    fi
  done
  if [[ -n $value ]]; then
    case "$place:$value" in
${commands.flatMap(values).join('\n')}
      *) _files ;;
    esac
  elif [[ $PREFIX == -* ]]; then
    _describe -o option options
  elif (( $#known )); then
    _describe command known
  elif [[ -n $passes ]]; then
    _command_names -e
  else
    _files
  fi
}

if [[ $funcstack[1] == _errand ]]; then
  _errand "$@"
else
  compdef _errand errand
fi
`;
}

function place({ path, commands, operands, options, passes }: CompletedCommand): string {
  const known = [...commands.map(({ name, about }) => described(name, about)), ...operands.map((name) => described(name, ''))];
  const valued = options.filter(({ value }) => value !== undefined).flatMap((option) => option.names);
  return `    ${quoted(path)})
      known=(${known.join(' ')})
      options=(${options.flatMap(both).join(' ')})
      valued=(${valued.join(' ')}) passes=${passes ? 1 : ''} ;;`;
}

function both({ names, about }: CompletedOption): string[] {
  return names.map((name) => described(name, about));
}

function described(name: string, about: string): string {
  return quoted(`${name}:${about.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}`);
}

function values({ path, options }: CompletedCommand): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined || value === 'file' || value === 'other') return [];
    const words = value === 'target' ? `\${(f)"$(${TARGETS})"}` : value.map(quoted).join(' ');
    return `      ${names.map((name) => quoted(`${path}:${name}`)).join('|')}) compadd -- ${words} ;;`;
  });
}
