#!/bin/sh
# Runs a cluster in namespaces of its own, and removes what of it lies outside of them once it is over, however whoever started it has ended.
set -u
cd "$DIR" || exit
echo $$ >pid
unshare --fork --kill-child --pid --mount --mount-proc --net --ipc --uts bash "$INSIDE"
cd /
# What was killed is gone a moment later. The files of a cgroup cannot be removed, and go with it.
tries=0
while [ $tries -lt 100 ]; do
  left=
  for own in /sys/fs/cgroup/*/"$NAME"; do
    [ -d "$own" ] || continue
    find "$own" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ ! -d "$own" ] || left=1
  done
  [ "$left" ] || break
  tries=$((tries + 1))
  sleep 0.05
done
rm -rf "$DIR"
