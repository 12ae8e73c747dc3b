#!/bin/sh
# virt-manager.sh URI DIRECTORY: virt-manager with its windows drawn for a browser that never comes, so that no display is
# needed, and with its settings in DIRECTORY; it tells what it does until it is ended.
set -eu
export XDG_RUNTIME_DIR="$2" HOME="$2" GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1
export GDK_BACKEND=broadway BROADWAY_DISPLAY=:0
broadwayd --unixsocket "$2/browser" :0 &
until grep -q "@$2/broadway1.socket" /proc/net/unix; do sleep 0.1; done
exec dbus-run-session -- /usr/bin/virt-manager --no-fork --debug --connect "$1" --show-host-summary
