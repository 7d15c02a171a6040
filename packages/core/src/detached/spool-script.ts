/**
 * Where detached executions lie on a target, in POSIX sh: a directory of its own for each, 0700, below one of the account's. In it:
 * `print` (what was submitted, as a hash, and by whom: pid, start time, the boot's id), `meta` (a line of JSON), `guardian` and `main`
 * (pid, start time; then the boot's id in the guardian's, and by what supervisors know it in the other), `stdout` and `stderr`, `reserve`, `exit` and `stdout.rest` and `stderr.rest` (what the
 * guardian notes, each with a place from the start: `exit.new` …), `status` once it is over (made by rename), and `expires`, when it may be
 * removed (seconds). Only with `print` there is an execution: it is made by a hard link, so one of several
 * submissions makes it. Before, submissions have files of their own there (`print.NONCE` …). A directory is renamed before it is
 * emptied, so that nobody submits into what is being removed.
 *
 * A guardian that is gone without a status can be asked nothing any more: the execution is lost, and what is left of it is ended.
 */
export const SPOOL_SCRIPT = `
umask 077
boot=0
read -r boot </proc/sys/kernel/random/boot_id
root=\${XDG_STATE_HOME:-}
case $root in /*) ;; *) root=\${HOME:+$HOME/.local/state} ;; esac
case $root in /*) root=$root/errand/spool ;; *) root=/tmp/errand-$(id -u) ;; esac
# Somebody else may have made it, to have us trust what is in it.
if [ -L "$root" ] || { [ -e "$root" ] && [ ! -O "$root" ]; }; then root=/dev/null/errand; fi

nap() { sleep "$1" 2>/dev/null || sleep 1; }

birth_of() {
  birth=
  read -r line <"/proc/$1/stat" || return
  set -- \${line##*) }
  state=$1 birth=\${20}
}

# pid, start time, boot
# One that nobody has reaped does not live.
lives() { [ "$3" = "$boot" ] && birth_of "$1" && [ "$birth" = "$2" ] && [ "$state" != Z ] && [ "$state" != X ]; }

# Whether the guardian lives. One that is just being started has said nothing yet; who starts it lives so long, or did a moment ago.
guarded() {
  tries=0
  until [ -s "$1/guardian" ]; do
    read -r line pid born booted <"$1/print" || return
    if lives "$pid" "$born" "$booted"; then return 0; fi
    tries=$((tries + 1))
    [ $tries -le 50 ] && [ -d "$1" ] || return
    nap 0.1
  done
  read -r pid born booted <"$1/guardian"
  lives "$pid" "$born" "$booted"
}

discard() {
  gone=$root/.gone.$$.\${1##*/}
  mv "$1" "$gone" && rm -rf "$gone"
}

# Whether it is over, or nobody can know any more.
settled() {
  [ ! -e "$1/status" ] || return 0
  if guarded "$1"; then return 1; fi
  # It may have been refused and removed, and be submitted anew under its name; in the directory itself it is always the same one.
  ( cd "$1" || exit 0; lose )
}

# In its directory.
lose() {
  [ -s print ] && [ ! -e status ] || return 0
  if guarded .; then return 1; fi
  [ ! -e status ] || return 0
  if read -r pid born line <main && birth_of "$pid" && [ "$birth" = "$born" ] && [ "$booted" = "$boot" ]; then kill -KILL "-$pid"; fi
  size_of stdout; out=$size
  size_of stderr
  echo "lost 0 0 $out 0 $size 0 0" >status.$$
  mv status.$$ status
  echo $(($(date +%s) + 86400)) >expires
  return 0
}

# It may be removed at this moment, and a sum of nothing would end the shell.
size_of() { size=$(wc -c <"$1") && [ "$size" ] || size=0; }

# What nobody removed, because the target was restarted for instance.
sweep() {
  now=$(date +%s)
  for old in "$root"/*/expires; do
    if read -r when <"$old" && [ "$when" -lt "$now" ] && ! guarded "\${old%/expires}"; then discard "\${old%/expires}"; fi
  done
  rm -rf "$root"/.gone.*
}
`;
