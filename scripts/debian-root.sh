#!/bin/sh
# debian-root.sh bullseye|bookworm|trixie|machined: prints the path of a Debian root tree made by debootstrap; makes it when there
# is none yet. All have libvirt's clients; bookworm and trixie also have systemd as their init, machined is a bookworm that also has
# systemd-machined and its tool, and trixie has virt-top, which Debian 12 lacks.
#
# The tree is shared by everybody who asks and is never to be changed: copy it, mount an overlay, or only read. It lies
# below $LXVIRTD_TEST_CACHE (default /var/cache/lxvirtd-test). Any number of runs may ask at once.
set -eu
umask 022

name=${1:?usage: debian-root.sh NAME}
suite=$name
packages=libvirt-clients
# Goes into the name of a tree whose packages have changed: a cache may still have the earlier one.
revision=
case $name in
  bookworm) packages=$packages,systemd-sysv,dbus,procps,iproute2 ;;
  machined) suite=bookworm packages=$packages,systemd-sysv,dbus,procps,iproute2,systemd-container ;;
  trixie) packages=$packages,virt-top,systemd-sysv,dbus,procps,iproute2 revision=-3 ;;
esac
cache=${LXVIRTD_TEST_CACHE:-/var/cache/lxvirtd-test}
root=$cache/debian-$name$revision
mirrors='http://deb.debian.org/debian http://archive.debian.org/debian'

[ -d "$root" ] && { echo "$root"; exit; }

mkdir -p "$cache"
exec 9>"$root.lock"
flock 9
[ -d "$root" ] && { echo "$root"; exit; }

# Nothing of it has to survive a power cut: it is complete once it has its final name.
export DPKG_FORCE=unsafe-io DEBIAN_FRONTEND=noninteractive LC_ALL=C
for attempt in 1 2 3; do
  for mirror in $mirrors; do
    rm -rf --one-file-system "$root.new"
    # In a mount namespace of its own, so that an interrupted run leaves no mounts behind. Descriptor 9 would hold the lock.
    if unshare --mount debootstrap --variant=minbase --include="$packages" "$suite" "$root.new" "$mirror" \
      >"$root.log" 2>&1 9>&-; then
      rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
      mv "$root.new" "$root"
      echo "$root"
      exit
    fi
  done
  sleep $((attempt * 5))
done
echo "debian-root.sh: debootstrap of $name failed:" >&2
tail -n 20 "$root.log" >&2
exit 1
