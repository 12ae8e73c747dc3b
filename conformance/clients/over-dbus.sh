#!/bin/sh
# over-dbus.sh SOCKET ROOT: libvirt-dbus on a bus of its own, where lxc:/// is the server at SOCKET, and its client. To be
# run in a mount namespace of its own.
set -eu
mount -t tmpfs tmpfs /run
mkdir /run/libvirt
ln -s "$1" /run/libvirt/libvirt-sock
exec dbus-run-session -- sh -c '
  export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
  libvirt-dbus --system & service=$!
  status=0
  /usr/bin/python3 "$0" "$1" || status=$?
  kill $service
  exit $status' "$(dirname "$0")/over-dbus.py" "$2"
