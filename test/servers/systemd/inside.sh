#!/bin/sh
# Makes a small machine with the programs of this one, and becomes its systemd. Of what that machine may see of this one nothing can be written.
set -eu
cd "$DIR"
mkdir -p local/bin root
mount -t tmpfs -o mode=755 tmpfs root
cd root
mkdir -p dev etc/default etc/systemd/system old opt/errand proc root run srv sys tmp usr var/lib var/log var/tmp
chmod 1777 tmp var/tmp

read_only() {
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}
read_only /usr usr
for name in bin lib lib32 lib64 libx32 sbin; do
  if [ -L "/$name" ]; then cp -P "/$name" .; elif [ -d "/$name" ]; then mkdir "$name" && read_only "/$name" "$name"; fi
done
for name in passwd group shadow gshadow login.defs nsswitch.conf ld.so.cache pam.d security; do cp -a "/etc/$name" etc; done
: >etc/machine-id

# As `npm install --global` leaves it.
printf '#!/bin/sh\nexec /usr/local/bin/node --conditions=@errand/source /opt/errand/packages/cli/src/bin.ts "$@"\n' >"$DIR/local/bin/errand"
chmod 755 "$DIR/local/bin/errand"
: >"$DIR/local/bin/node"
mount --bind "$DIR/local" usr/local
read_only "$NODE" usr/local/bin/node
read_only "$REPOSITORY" opt/errand

mount -t proc proc proc
read_only proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
  : >"dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0 1 2; do ln -s "fd/$number" "dev/$(echo stdin stdout stderr | cut -d ' ' -f $((number + 1)))"; done

pivot_root . old
umount -l /old
rmdir /old
exec env -i container=errand PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=console
