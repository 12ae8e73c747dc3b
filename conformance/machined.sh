#!/bin/bash
# machined.sh ROOT DIRECTORY LAYOUT: boots the Debian tree ROOT with systemd as its init, in namespaces and cgroups of its own,
# and has a unit there run machined-scenario.sh, whose output it prints. ROOT is only read; what is written goes to DIRECTORY,
# which has a busybox root for a container in DIRECTORY/guest. LAYOUT is what that systemd finds: "v1" hierarchies, or "v2" at
# its place and those controllers that are v1's elsewhere, where systemd does not look for them.
set -eu
root=$1 directory=$2 layout=$3
project=$(cd "$(dirname "$0")/.." && pwd)
name=lxvirtd-machined-$$

if [ "${MACHINED_INSIDE:-}" != 1 ]; then
  groups=$(findmnt --noheadings --list --output TARGET --types cgroup,cgroup2)
  leave() {
    for group in $groups; do
      find "$group/$name" -depth -type d -exec rmdir {} \; 2>/dev/null || :
    done
  }
  for group in $groups; do
    mkdir "$group/$name"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$group/$file" ] || cat "$group/$file" >"$group/$name/$file"
    done
  done
  trap leave EXIT
  # What waits outside stays out of these groups: systemd has the top of its tree to itself.
  MACHINED_INSIDE=1 setpriv --pdeathsig KILL \
    unshare --mount --pid --uts --ipc --net --fork --kill-child --propagation private bash -c '
    for group in $2; do echo 0 >"$group/$1/cgroup.procs"; done
    shift 2
    exec unshare --cgroup bash "$@"
  ' - "$name" "$groups" "$0" "$root" "$directory" "$layout" || :
  cat "$directory/output"
  exit "$(cat "$directory/status" 2>/dev/null || echo 125)"
fi

mkdir -p "$directory"/{files,work,machine}
mount -t overlay -o "lowerdir=$root,upperdir=$directory/files,workdir=$directory/work" overlay "$directory/machine"
cd "$directory/machine"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
  touch dev/$node
  mount --bind /dev/$node dev/$node
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
touch dev/console
mount --bind /dev/null dev/console

# Those that v2 has are of hierarchy 0.
controllers=$(awk '$2 > 0 && /^(cpu|cpuacct|cpuset|memory|devices|freezer|blkio|pids)\t/ { print $1 }' /proc/cgroups)
if [ "$layout" = v2 ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mkdir run/cgroups
  place=run/cgroups
else
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  place=sys/fs/cgroup
fi
for controller in $controllers; do
  mkdir $place/$controller
  mount -t cgroup -o $controller cgroup $place/$controller
done

mkdir -p ".$project" ".$directory" run/result
mount --bind -o ro "$project" ".$project"
mount --bind "$directory" run/result
cat >etc/systemd/system/scenario.service <<UNIT
[Unit]
After=dbus.service
[Service]
Type=oneshot
Environment=HOME=/root
ExecStart=/bin/bash -c 'bash $project/conformance/machined-scenario.sh /run/result/guest >/run/result/output 2>&1; echo \$? >/run/result/status; kill -KILL -- -1; systemctl --force --force poweroff'
UNIT
# Nothing else has to run there.
cat >etc/systemd/system/scenario.target <<UNIT
[Unit]
Requires=dbus.socket dbus.service scenario.service
UNIT
mkdir -p old
pivot_root . old
umount --lazy /old
export container=lxvirtd
exec /lib/systemd/systemd --unit=scenario.target --log-target=null --show-status=no
