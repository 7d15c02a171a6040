/**
 * Where paths lead, for any POSIX sh. Its arguments are pairs, a root and a path. For each it prints a NUL, then the real path after `=`, or
 * why there is none: `#` the root is no directory, `?` nothing is there, `!` it is not below the root. A path that is outside as it stands
 * is not looked at. The `x` keeps ends of lines that `$(…)` would take.
 */
export const REAL_PATH_SCRIPT = `LC_ALL=C; export LC_ALL
directory() {
  real=$(cd -P "$1" 2>/dev/null && pwd -P && printf x) || return 1
  real=\${real%?x}
}
follow() {
  p=$1 n=0
  while [ -L "$p" ]; do
    n=$((n + 1))
    [ "$n" -le 40 ] || return 1
    l=$(readlink "$p" && printf x) || return 1
    l=\${l%?x}
    case $l in /*) p=$l ;; *) p=\${p%/*}/$l ;; esac
  done
  if [ -d "$p" ]; then directory "$p"; return; fi
  case $p in */.. | */. | */) return 1 ;; esac
  directory "\${p%/*}/" || return 1
  real=\${real%/}/\${p##*/}
}
below() {
  r=\${2%/}
  case $1 in "$2" | "$r"/*) return 0 ;; esac
  return 1
}
while [ "$#" -ge 2 ]; do
  asked=$1 path=$2
  shift 2
  printf '\\0'
  if ! directory "$asked"; then
    printf '#'
    continue
  fi
  root=$real
  if ! below "$path" "$asked" && ! below "$path" "$root"; then printf '!'
  elif ! follow "$path"; then printf '?'
  elif below "$real" "$root"; then printf '=%s' "$real"
  else printf '!'
  fi
done
`;
