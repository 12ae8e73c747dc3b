#!/bin/sh
# session.sh SOCKET DIRECTORY COMMAND...: runs COMMAND on a desktop of its own: an X server, a session bus with accessibility,
# settings below DIRECTORY, and the server at SOCKET as the host's libvirt. To be run in a mount namespace of its own.
set -eu
socket=$1 directory=$2
shift 2
mkdir -p -m 700 "$directory/home" "$directory/run"
for hidden in /tmp /run; do mount -t tmpfs -o mode=1777 tmpfs "$hidden"; done
mkdir /run/libvirt
ln -s "$socket" /run/libvirt/libvirt-sock

export HOME="$directory/home" XDG_RUNTIME_DIR="$directory/run" LANG=C.UTF-8 LC_ALL=C.UTF-8
export GDK_BACKEND=x11 GTK_THEME=Adwaita GTK_A11Y=atspi
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY

Xvfb :7 -screen 0 1280x1024x24 -nolisten tcp -noreset >"$directory/xvfb.log" 2>&1 &
until [ -S /tmp/.X11-unix/X7 ]; do sleep 0.1; done
export DISPLAY=:7
# Services of the desktop have much to say, and none of it is COMMAND's.
exec 3>&1 4>&2 >"$directory/session.log" 2>&1
exec dbus-run-session -- sh -c 'exec "$@" >&3 2>&4' sh "$@"
