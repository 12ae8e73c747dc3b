#!/bin/sh
# session.sh SOCKET DIRECTORY: cockpit at http://127.0.0.1:9090, for whoever asks, with files of its own below DIRECTORY, and
# the server at SOCKET as the host's libvirt. To be run in mount and network namespaces of its own.
set -eu
for hidden in /tmp /run; do mount -t tmpfs -o mode=755 tmpfs "$hidden"; done
mkdir -p "$2" /run/libvirt
ln -s "$1" /run/libvirt/libvirt-sock
export HOME="$2" XDG_RUNTIME_DIR=/run USER=root LANG=C.UTF-8 LC_ALL=C.UTF-8
# One bus is both: that of the session, and that of the system, where libvirt-dbus is looked for.
exec dbus-run-session -- sh -c '
  export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
  libvirt-dbus --system &
  exec /usr/lib/cockpit/cockpit-ws --no-tls --address 127.0.0.1 --port 9090 --local-session=/usr/bin/cockpit-bridge'
