#!/bin/sh
# polkit.sh DIRECTORY [again]: a system bus and polkitd, of the namespaces that it is run in, with the rules in
# DIRECTORY/rules.d and the project's own actions. Ends when both answer; they end with the namespaces. "again" starts a
# polkitd that has ended anew.
set -eu
directory=$1
project=$(cd "$(dirname "$0")/.." && pwd)

start_polkitd() {
  setsid /usr/lib/polkit-1/polkitd </dev/null >"$directory/polkitd.log" 2>&1 &
  for _ in $(seq 100); do
    if timeout 10 pkaction --action-id org.libvirt.unix.manage >/dev/null 2>&1; then exit 0; fi
    sleep 0.1
  done
  cat "$directory/bus.log" "$directory/polkitd.log" >&2
  exit 1
}
[ "${2:-}" != again ] || start_polkitd

mkdir -p "$directory/bus" "$directory/actions" /run/dbus
cp "$project"/packaging/polkit/*.policy "$directory/actions/"
chmod -R go+rX "$directory/actions" "$directory/rules.d"
mount --bind "$directory/bus" /run/dbus
mount -t tmpfs -o mode=755 none /etc/polkit-1
mkdir /etc/polkit-1/rules.d
mount --bind "$directory/rules.d" /etc/polkit-1/rules.d
mount -t tmpfs -o mode=755 none /usr/share/polkit-1/rules.d
mount --bind "$directory/actions" /usr/share/polkit-1/actions
# A password that the test knows.
sed 's|^root:[^:]*:|root:'"$(perl -e 'print crypt("secret", q($6$lxvirtd$))')"':|' /etc/shadow >"$directory/shadow"
chown root:shadow "$directory/shadow"
chmod 640 "$directory/shadow"
mount --bind "$directory/shadow" /etc/shadow

cat >"$directory/bus.conf" <<CONFIG
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONFIG
dbus-daemon --nofork --nopidfile --nosyslog --config-file="$directory/bus.conf" </dev/null >"$directory/bus.log" 2>&1 &
# polkitd ends where there is no bus yet.
for _ in $(seq 100); do
  [ ! -S /run/dbus/system_bus_socket ] || break
  sleep 0.1
done
start_polkitd
