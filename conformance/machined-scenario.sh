#!/bin/bash
# machined-scenario.sh ROOT: runs in a system that systemd runs: takes a container of lxvirtd with the root tree ROOT through its
# life with virsh, machinectl and systemctl and prints "name: value" lines for machined.test.ts.
set -u
cd "$(dirname "$0")/.."
root=$1 document=/tmp/machine.xml
export LIBVIRT_DEFAULT_URI='lxc+unix:///?socket=/run/libvirt/libvirt-sock'

fail() {
  echo "failed: $*"
  cat /tmp/daemon.log
  systemctl --no-pager status 'machine*' systemd-machined
  exit 1
}

# must ARGS...: virsh, which has to succeed.
must() {
  virsh -q "$@" || fail "virsh $*"
}

serve() {
  bin/lxvirtd --verbose >>/tmp/daemon.log 2>&1 &
  daemon=$!
  until virsh -q uri >/dev/null 2>&1; do
    kill -0 $daemon 2>/dev/null || fail 'the daemon ended'
    sleep 0.2
  done
}

# until_gone COMMAND...: waits until it prints nothing.
until_gone() {
  for _ in $(seq 300); do
    [ -n "$("$@" 2>/dev/null)" ] || { echo yes; return; }
    sleep 0.1
  done
  echo no
}

machines() { machinectl --no-legend list; }
scopes() { systemctl --no-legend --plain --all list-units 'machine-lxc*.scope'; }

cat >$document <<XML
<domain type='lxc'>
  <name>we.b-1</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='$root'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>
XML
serve
must define $document >/dev/null
must start we.b-1 >/dev/null
init=$(pgrep --parent "$(must domid we.b-1)")
read -r machine class service _ < <(machines)
echo "machine: ${machine//[0-9]*-we/N-we} $class $service"
property() { machinectl show "$machine" --property="$1" --value; }
echo "leader: $([ "$(property Leader)" = "$init" ] && echo init)"
echo "unit: $(property Unit | sed 's/[0-9][0-9]*.x2dwe/N\\x2dwe/')"
echo "root: $([ "$(property RootDirectory)" = "$root" ] && echo given)"
echo "state: $(property State)"
unit=$(property Unit)
echo "slice: $(systemctl show "$unit" --property=Slice --value)"
echo "delegate: $(systemctl show "$unit" --property=Delegate --value)"
echo "status: $(machinectl --no-pager status "$machine" | grep -c "Leader: $init")"
echo "elsewhere: $(grep -cv "/machine.slice/.*[.]scope/libvirt$" /proc/"$init"/cgroup)"
limit() { find /sys/fs/cgroup /run/cgroups -path '*[.]scope/libvirt/memory.*' \( -name memory.limit_in_bytes -o -name memory.max \) -exec cat {} + 2>/dev/null; }
echo "limit: $(limit)"
systemctl daemon-reload
echo "limit after a reload: $(limit)"

# Another daemon finds what this one leaves.
kill $daemon
wait $daemon
serve
echo "adopted: $(must domstate we.b-1), $(machines | wc -l) machine"
must suspend we.b-1 >/dev/null
must resume we.b-1 >/dev/null
must destroy we.b-1 >/dev/null
echo "destroyed: machine gone $(until_gone machines), unit gone $(until_gone scopes)"
echo "cgroups left: $(find /sys/fs/cgroup /run/cgroups -name 'machine-lxc*' 2>/dev/null | wc -l)"

must start we.b-1 >/dev/null
read -r machine _ < <(machines)
machinectl terminate "$machine"
echo "terminated: off $(until_gone virsh -q list --name), machine gone $(until_gone machines), unit gone $(until_gone scopes)"

# A start that fails leaves nothing behind.
sed 's#/sbin/init#/nope#; s#we.b-1#broken#' $document >$document.broken
virsh -q create $document.broken >/dev/null 2>&1
echo "failed start: status $?, unit gone $(until_gone scopes)"

# A container that restarts itself is another machine.
must start we.b-1 >/dev/null
before=$(must domid we.b-1)
must reboot we.b-1 >/dev/null
for _ in $(seq 300); do
  now=$(must domid we.b-1)
  [ "$now" != - ] && [ "$now" != "$before" ] && break
  sleep 0.1
done
for _ in $(seq 100); do
  [ "$(machines | wc -l)" = 1 ] && break
  sleep 0.1
done
echo "rebooted: $(machines | wc -l) machine, $(must domstate we.b-1)"
must destroy we.b-1 >/dev/null

# Without systemd-machined there still is the unit.
systemctl --quiet mask --now --runtime systemd-machined dbus-org.freedesktop.machine1.service
rm -f /usr/share/dbus-1/system-services/org.freedesktop.machine1.service
systemctl reload dbus 2>/dev/null
must start we.b-1 >/dev/null
echo "without machined: $(scopes | wc -l) unit, $(must domstate we.b-1)"
must destroy we.b-1 >/dev/null
echo "after that: unit gone $(until_gone scopes)"
kill $daemon
wait $daemon
echo "daemon: $?"
