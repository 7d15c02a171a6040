#!/bin/sh
# Runs a systemd in namespaces of its own, until stdin ends: whoever started it may have been killed. Then nothing is left of it.
set -u
cd "$DIR" || exit
mkdir "$CGROUP" || exit
# Its first process alone is in its cgroup, and sees that as the root of all: systemd wants it for itself.
unshare --fork --kill-child --pid --mount --net --ipc --uts sh -c 'echo 0 >"$CGROUP/cgroup.procs"; exec unshare --cgroup sh "$INSIDE"' &
echo $! >pid
cat >/dev/null
# With the first process go all; its parent is left to take notice.
first=$(cat "/proc/$!/task/$!/children" 2>/dev/null)
kill -KILL ${first:-$!}
wait
cd /
# What was killed is gone a moment later. The files of a cgroup cannot be removed, and go with it.
tries=0
while [ -d "$CGROUP" ] && [ $tries -lt 200 ]; do
  find "$CGROUP" -depth -type d -exec rmdir {} \; 2>/dev/null
  tries=$((tries + 1))
  sleep 0.05
done
rm -rf "$DIR"
