#!/bin/sh
# package.sh PACKAGE TREE: the life of the Debian package on a Debian whose files are TREE, which is not changed: installed,
# used by a stock client, installed again over a running daemon, purged. In namespaces of its own; says what it sees.
set -eu

work=$(mktemp -d)
mount -t tmpfs none "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$work/upper,workdir=$work/work" "$work/root"
mount -t tmpfs none "$work/root/run"
mount -t proc proc "$work/root/proc"
mount --rbind /sys "$work/root/sys"
mount --rbind /dev "$work/root/dev"
cp "$1" "$work/root/tmp/lxvirtd.deb"

exec chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -eu <<'IN_TREE'
cd /tmp
dpkg --install lxvirtd.deb >installed.log 2>&1 || { cat installed.log; exit 1; }
echo "installed: $(lxvirtd --version)"
lxvirtd doctor | grep -q 'ok      Linux' && echo 'doctor: has looked'
lxvirtd-pki --root pki --name Test ca

lxvirtd --daemon
echo "served: $(virsh -c lxc:/// version | grep 'Running hypervisor')"
cat >kept.xml <<X
<domain type='lxc'><name>kept</name><memory>1000</memory><os><type>exe</type><init>/i</init></os><devices/></domain>
X
virsh -q -c lxc:/// define kept.xml
echo "idle: $(sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$(cat /run/libvirtd.pid)/status")"

dpkg --install lxvirtd.deb >/dev/null 2>&1
echo "upgraded: $(virsh -q -c lxc:/// list --all --name)"
pid=$(cat /run/libvirtd.pid)
kill "$pid"
while [ -e "/proc/$pid" ]; do sleep 0.1; done

dpkg --purge lxvirtd >/dev/null 2>&1
ls -d /usr/lib/lxvirtd /var/cache/lxvirtd /usr/sbin/lxvirtd 2>/dev/null || echo 'purged: nothing is left'
ls /etc/libvirt/lxc/kept.xml
IN_TREE
