#!/bin/bash
# Starts a second systemd on this machine's own files, without touching them: an overlay in memory over /, namespaces
# for processes, network, host name, IPC and cgroups, and only the services under test. Ends when the script given to it
# has ended. Nothing of it is left behind.
#
# machine.sh REPOSITORY WASL SCRIPT SHARED
#   REPOSITORY  folder whose systemd/ is installed, as systemd/README.md says
#   WASL        file that becomes /usr/bin/wasl
#   SCRIPT      run by bash inside, as root, once the services were started
#   SHARED      folder that is /mnt inside: what SCRIPT writes there is read by the test
set -euo pipefail

if [ "${WASL_MACHINE_INSIDE:-}" = "" ]; then
  # A control group of its own, so that the second systemd is the root of what it sees and never touches the first one's.
  hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  group="$hierarchy/wasl-machine-$$"
  mkdir "$group"
  scratch=$(mktemp -d)
  cleanup() {
    rmdir "$scratch"
    # What was killed takes a moment to be gone, and a group with a process in it cannot be removed.
    for _ in {1..50}; do
      find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ -d "$group" ] || return 0
      sleep 0.1
    done
  }
  trap cleanup EXIT
  WASL_MACHINE_INSIDE=$scratch bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec unshare -m -p -n -u -i -C -f --kill-child "$@"' \
    bash "$group" bash "$0" "$@" &
  # When this script is told to end, its first process is killed and with it everything inside.
  trap 'kill -KILL $!; wait' TERM INT
  wait $!
  exit
fi

repository=$1 wasl=$2 script=$3 shared=$4
scratch=$WASL_MACHINE_INSIDE
unset WASL_MACHINE_INSIDE
mount -t tmpfs -o size=1g tmpfs "$scratch"
mkdir "$scratch"/{upper,work,root}
root=$scratch/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$root"

# The kernel is shared with the machine outside: its settings can be seen and not changed.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm}
mount -t devpts devpts "$root/dev/pts"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/full" c 1 7
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/tty" c 5 0
touch "$root/dev/console"
ln -s pts/ptmx "$root/dev/ptmx"
# A port of the kind that a reader hangs on (ttyS, major 4), and a device that the service has no business with (a
# network tunnel), both with the rights of group dialout, so that only the list of devices tells them apart.
mknod -m 660 "$root/dev/ttyS0" c 4 64
mknod -m 660 "$root/dev/tunnel" c 10 200
chgrp dialout "$root/dev/ttyS0" "$root/dev/tunnel"
ip link set lo up

# None of the services of the machine outside: its own settings are hidden, and what is started is named here.
rm -rf "$root"/etc/systemd/system/* "$root"/etc/modules-load.d/* "$root"/etc/sysctl.d/*
: >"$root/etc/fstab"
mkdir -p "$root/etc/systemd/system" "$root/etc/sysusers.d" "$root/etc/tmpfiles.d"
install -m 644 "$repository"/systemd/*.service "$root/etc/systemd/system/"
install -m 644 "$repository"/systemd/sysusers.d/* "$root/etc/sysusers.d/"
install -m 644 "$repository"/systemd/tmpfiles.d/* "$root/etc/tmpfiles.d/"
rm -f "$root/usr/bin/wasl"
install -m 755 "$wasl" "$root/usr/bin/wasl"
mkdir -p "$root/usr/lib/node_modules/wasl"
mount --bind "$repository" "$root/usr/lib/node_modules/wasl"
chroot "$root" systemd-sysusers wasl.conf
install -d "$root/etc/wasl" "$root/etc/wasl/credentials"
for name in terminal bridge; do echo '{}' >"$root/etc/wasl/$name.json"; done
# Every secret that the units name, but for those that they can do without.
for unit in "$repository"/systemd/*.service; do
  optional=$(sed -n 's/^SetCredential=\([^:]*\):.*/\1/p' "$unit")
  sed -n 's/^LoadCredential=\([^:]*\):.*/\1/p' "$unit" | grep -vxF "${optional:--}" | while read -r name; do
    echo "secret of $name" >"$root/etc/wasl/credentials/$name"
  done
done
chroot "$root" systemd-tmpfiles --create wasl.conf

cat >"$root/etc/systemd/system/trial.service" <<END
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/bash /mnt/$(basename "$script")
StandardOutput=file:/mnt/trial.log
StandardError=inherit
END
cat >"$root/etc/systemd/system/trial.target" <<END
[Unit]
Requires=sysinit.target
Wants=trial.service pcscd.socket
After=sysinit.target
AllowIsolate=yes
END
[ "$(dirname "$script")" = "$shared" ] || cp "$script" "$shared/"
mount --bind "$shared" "$root/mnt"

cd "$root"
mkdir -p .outside
pivot_root . .outside
# Credentials reach a service through mounts that systemd makes elsewhere and moves: the root must be shared for that.
exec env -i container=wasl PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c \
  'umount -l /.outside; mount --make-rshared /; exec /lib/systemd/systemd --unit=trial.target --log-target=null --show-status=no'
