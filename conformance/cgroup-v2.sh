#!/bin/bash
# cgroup-v2.sh DIRECTORY: runs inside of a machine with cgroup v2 alone and AppArmor: takes a container of lxvirtd through its life with virsh
# and prints "name: value" lines for cgroup-v2.test.ts. DIRECTORY has the root of the daemon and that of the container.
set -u
cd "$(dirname "$0")/.."
mount -t securityfs securityfs /sys/kernel/security
base=$1/daemon root=$1/root document=/tmp/v2.xml
bin/lxvirtd --root $base >$base/daemon.log 2>&1 &
daemon=$!
export LIBVIRT_DEFAULT_URI="lxc+unix:///?socket=$base/run/libvirt/libvirt-sock"

fail() {
  echo "failed: $*"
  cat $base/daemon.log
  exit 1
}

# must ARGS...: virsh, which has to succeed.
must() {
  virsh -q "$@" || fail "virsh $*"
}

# This machine is emulated: everything takes long, so nothing asks more often than it must.
until [ -S $base/run/libvirt/libvirt-sock ]; do
  kill -0 $daemon 2>/dev/null || fail 'the daemon ended'
  sleep 0.5
done

# The container's first program tries a device that it must not open, and one that it may.
mknod $root/ttyS0 c 4 64
cat >$root/start <<'START'
head -c 0 /ttyS0 2>/devices
head -c 1 /dev/zero | wc -c >>/devices
exec /sbin/init
START

cat >$document <<XML
<domain type='lxc'>
  <name>v2</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <cputune><shares>512</shares><period>100000</period><quota>50000</quota></cputune>
  <os><type>exe</type><init>/bin/sh</init><initarg>/start</initarg></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='$root'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>
XML
must define $document >/dev/null
must start v2 >/dev/null
echo "state: $(must domstate v2)"

init=$(pgrep -P "$(must domid v2)")
group=/sys/fs/cgroup$(cut -d: -f3 "/proc/$init/cgroup")
# The limits are those of the container's group; init may live in a group below it.
until [ "$(cat "$group/memory.max" 2>/dev/null)" != max ] || [ "$group" = /sys/fs/cgroup ]; do group=$(dirname "$group"); done
echo "memory.max: $(cat "$group/memory.max")"
echo "cpu.max: $(cat "$group/cpu.max")"
must memtune v2 --hard-limit 50000 --live >/dev/null
echo "memory.max after memtune: $(cat "$group/memory.max")"
must schedinfo v2 --set vcpu_quota=20000 --live >/dev/null
echo "cpu.max after schedinfo: $(cat "$group/cpu.max")"
echo "rss: $(must dommemstat v2 | grep -c '^rss [1-9]')"
echo "cpu_time: $(must cpu-stats v2 --total | grep -c 'cpu_time *[0-9.]*[1-9]')"
must suspend v2 >/dev/null
echo "paused: $(must domstate v2), frozen $(grep -h '^frozen' "$group/cgroup.events")"
must resume v2 >/dev/null
echo "resumed: $(must domstate v2), $(grep -h '^frozen' "$group/cgroup.events")"
echo "devices: $(tr '\n' ' ' <$root/devices)"
must destroy v2 >/dev/null
echo "destroyed: $(must domstate v2)"
echo "group: $([ -d "$group" ] && echo left || echo gone)"
must undefine v2 >/dev/null

# With networks, on a kernel that has all that they may ask for: the address is of DHCP, behind NAT and a filter; the bridge leaves its
# table to the daemon and keeps a floor free; the other bridge tells VLANs apart.
ip link add trunk type bridge vlan_filtering 1
cat >/tmp/lan.xml <<'XML'
<network>
  <name>lan</name>
  <forward mode='nat'/>
  <bridge name='lan0' stp='off' macTableManager='libvirt'/>
  <bandwidth><inbound average='2000'/></bandwidth>
  <ip address='10.77.0.1' netmask='255.255.255.0'><dhcp><range start='10.77.0.50' end='10.77.0.50'/></dhcp></ip>
</network>
XML
must net-create /tmp/lan.xml >/dev/null
cat >$root/start <<'START'
ip link set eth0 up
exec udhcpc -f -i eth0 -t 60 -T 2 -s /bin/true
START
links="<interface type='network'><mac address='52:54:00:00:77:02'/><source network='lan'/>\
<filterref filter='clean-traffic'/><bandwidth><inbound average='500' floor='100'/></bandwidth></interface>\
<interface type='bridge'><source bridge='trunk'/><vlan><tag id='42'/></vlan></interface>"
sed "s#<name>v2#<name>wired#; s#</devices>#$links</devices>#" $document >/tmp/wired.xml
must create /tmp/wired.xml >/dev/null
until grep -qs 10.77.0.50 $base/var/lib/libvirt/dnsmasq/lan0.leases; do
  [ $SECONDS -lt 500 ] || fail 'no lease'
  sleep 0.5
done
echo "lease: $(must net-dhcp-leases lan | awk '{ print $3, $5 }')"
rules=$(nft list ruleset)
echo "nat: $(grep -c masquerade <<<"$rules")"
echo "filter: $(grep -q vnet0 <<<"$rules" && echo there)"
echo "floor: $(tc class show dev lan0 | grep -c 'rate 800Kbit')"
echo "table: $(bridge fdb show dev vnet0 | grep -q '^52:54:00:00:77:02 .*static' && echo static)"
echo "vlan: $(bridge vlan show dev vnet1 | tr -s ' ' | grep -c '42 PVID Egress Untagged')"
must destroy wired >/dev/null

# The same container, confined: what its first program may not do, and what is left of the profile.
cat >$root/start <<'START'
mkdir -p /mnt
mount -t debugfs debugfs /mnt 2>/confined
mount -t tmpfs tmpfs /mnt && echo mounted >>/confined
cat /proc/self/attr/current >>/confined
exec /sbin/init
START
profiles() { grep -c "^$1 " /sys/kernel/security/apparmor/profiles; }
# confined NAME SECLABEL: a document.
confined() {
  sed "s#<name>v2#<name>$1#; s#</domain>#<uuid>5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa</uuid>$2</domain>#" $document >$document.$1
}
echo "model: $(must capabilities | sed -n 's#.*<model>\(.*\)</model>#\1#p')"
confined dynamic "<seclabel type='dynamic' model='apparmor'/>"
must create $document.dynamic >/dev/null
until [ "$(wc -l <$root/confined)" = 3 ]; do sleep 0.5; done
echo "inside: $(tr '\n' ' ' <$root/confined)"
echo "label: $(must dominfo dynamic | sed -n 's/^Security label: *//p')"
echo "profiles: $(profiles libvirt-5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa)"
must destroy dynamic >/dev/null
echo "profiles after it: $(profiles libvirt-5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa)"

confined static "<seclabel type='static' model='apparmor'><label>lxvirtd-static</label></seclabel>"
echo "unknown profile: $(virsh -q create $document.static 2>&1 | tail -n 1)"
echo 'profile lxvirtd-static flags=(attach_disconnected) { file, capability, network, mount, umount, pivot_root, signal, ptrace, unix, }' |
  apparmor_parser --replace --skip-cache --quiet
rm $root/confined
must create $document.static >/dev/null
until [ "$(wc -l <$root/confined)" = 2 ]; do sleep 0.5; done
echo "known profile: $(tail -n 1 $root/confined)"
must destroy static >/dev/null
kill $daemon
wait $daemon
echo "daemon: $?"
