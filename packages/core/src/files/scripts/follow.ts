/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/**
 * path, option, the word for a path that always leads to a directory. Where the file is, or would be made, once every symbolic link is
 * followed: the shell goes there, and $name is in that directory.
 */
export const FOLLOW: string = `
follow() {
  to=$1 links=0
  while :; do
    name=\${to##*/} directory=\${to%/*}
    case $name in '' | . | ..) refuse "$2" "$3" ;; esac
    enter "\${directory:-/}" "$2"
    [ -h "./$name" ] || return
    links=$((links + 1))
    [ $links -le ${MAX_LINKS} ] || fail "$2" ': Too many levels of symbolic links'
    # The dot keeps newlines at its end.
    to=$(readlink -- "./$name" && echo .)
    to=\${to%??}
    case $to in /*) ;; *) to=./$to ;; esac
  done
}`;
