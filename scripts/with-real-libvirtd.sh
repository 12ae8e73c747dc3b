#!/bin/bash
# with-real-libvirtd.sh COMMAND ARGS...: runs COMMAND where lxc:/// is a fresh libvirtd with its LXC driver, the peer that
# conformance/compare and bench/ measure lxvirtd against. Exit status: COMMAND's; 125 when there is no daemon.
#
# The daemon lives in mount, network and PID namespaces of its own, with empty configuration, state and log directories:
# nothing of the machine's libvirt is seen or touched, and everything is gone when COMMAND ends.
# REAL_LIBVIRTD_LISTEN names a file of further settings for a daemon that listens to the network of its namespace.
# Needs root and the packages libvirt-daemon, libvirt-daemon-driver-lxc, libvirt-clients, dnsmasq-base, iptables, iproute2.
set -u

fail() {
  echo "with-real-libvirtd: $*" >&2
  exit 125
}

if [ "${1:-}" != --inside ]; then
  drivers=$(dirname "$(ls /usr/lib/*/libvirt/connection-driver/libvirt_driver_lxc.so 2>/dev/null | head -n 1)")
  [ -x /usr/sbin/libvirtd ] && [ "$drivers" != . ] || fail 'libvirt-daemon and libvirt-daemon-driver-lxc are not installed'
  base=$(mktemp -d /var/lib/real-libvirtd.XXXXXX)
  trap 'rm -rf --one-file-system "$base"' EXIT
  unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private -- \
    /bin/bash "$0" --inside "$base" "$drivers" "$@"
  exit
fi

base=$2 drivers=$3
shift 3

# private DIRECTORY [SOURCE]: an own, empty or copied, DIRECTORY in this mount namespace.
private() {
  local own="$base$1"
  mkdir -p "$1" "$own"
  [ $# = 1 ] || cp -a "$2"/. "$own"/
  mount --bind "$own" "$1" || fail "cannot mount over $1"
}

private /etc/libvirt
private /run/libvirt
private /var/lib/libvirt
private /var/log/libvirt
private /var/cache/libvirt
printf 'log_outputs="3:stderr"\nauth_unix_rw="none"\nauth_unix_ro="none"\nunix_sock_rw_perms="0777"\n' >/etc/libvirt/libvirtd.conf
if [ -n "${REAL_LIBVIRTD_LISTEN:-}" ]; then cat "$REAL_LIBVIRTD_LISTEN" >>/etc/libvirt/libvirtd.conf; fi

# The QEMU driver comes with the daemon's package and stops it where the user that it wants does not exist.
private "$drivers" "$drivers"
rm -f "$drivers"/libvirt_driver_{qemu,libxl,vbox}.so

# On a hybrid hierarchy whose v2 part has a controller libvirt_lxc 9.0.0 cannot start containers: leave it the v1 part. Then
# the sysfs of this network namespace, with those cgroups.
if mountpoint -q /sys/fs/cgroup/unified; then umount -l /sys/fs/cgroup/unified; fi
mkdir -p "$base/cgroup"
mount --rbind /sys/fs/cgroup "$base/cgroup" && mount -t sysfs sysfs /sys && mount --move "$base/cgroup" /sys/fs/cgroup ||
  fail 'cannot mount sysfs'
ip link set lo up
mkdir -p /run/libvirt/{common,lxc,network,storage}

/usr/sbin/libvirtd ${REAL_LIBVIRTD_LISTEN:+--listen} --pid-file "$base/libvirtd.pid" >"$base/libvirtd.out" 2>&1 &
daemon=$!
for _ in $(seq 300); do
  virsh -q -c lxc:/// version >/dev/null 2>&1 && break
  kill -0 $daemon 2>/dev/null || break
  sleep 0.1
done
virsh -q -c lxc:/// version >/dev/null 2>&1 || { cat "$base/libvirtd.out" >&2; fail 'the daemon did not start'; }

# For those outside: where the socket really lies.
REAL_LIBVIRTD_SOCKET="$base/run/libvirt/libvirt-sock" "$@"
status=$?

# libvirt's controllers remove their cgroups only when they end by themselves.
for domain in $(virsh -q -c lxc:/// list --name 2>/dev/null); do
  virsh -q -c lxc:/// destroy "$domain" >/dev/null 2>&1
done
kill $daemon 2>/dev/null || { echo 'with-real-libvirtd: the daemon had ended by itself:' >&2; tail -n 5 "$base/libvirtd.out" >&2; }
wait $daemon 2>/dev/null
exit $status
