#!/bin/sh
# start.sh [--once]: a demonstration: starts lxvirtd with everything of its own below one directory (libvirt's own files on
# this machine are not touched), runs a container in it through stock virsh, says how to go on, and stays until ^C.
# --once: shows it and ends.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

once=
[ "${1:-}" = --once ] && once=yes
[ "$(id -u)" = 0 ] || { echo 'Containers need root: run this as root.' >&2; exit 1; }

sh scripts/setup.sh --for start

base=/var/lib/lxvirtd-demo
root=$base/root
socket=$base/run/libvirt/libvirt-sock
uri="lxc+unix:///?socket=$socket"
mkdir -p "$base"

# A second demonstration joins the daemon of the first one.
daemon=
if ! virsh -q -c "$uri" version >/dev/null 2>&1; then
  bin/lxvirtd --root "$base" >"$base/daemon.log" 2>&1 &
  daemon=$!
fi

stop() {
  trap - EXIT INT TERM
  [ -n "$daemon" ] || exit 0
  virsh -q -c "$uri" destroy demo >/dev/null 2>&1 || :
  kill "$daemon" 2>/dev/null || :
  wait "$daemon" 2>/dev/null || :
  exit 0
}
trap stop EXIT INT TERM

tries=0
until virsh -q -c "$uri" version >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries = 300 ] || ! kill -0 "$daemon" 2>/dev/null; then
    echo 'lxvirtd did not start:' >&2
    cat "$base/daemon.log" >&2
    trap - EXIT
    exit 1
  fi
  sleep 0.1
done

# show COMMAND ARGS...: runs virsh the way a reader would type it.
show() {
  echo "# virsh $*"
  virsh -c "$uri" "$@"
}

[ -x "$root/sbin/init" ] || sh scripts/mkrootfs.sh "$root"
cat >"$base/demo.xml" <<EOF_XML
<domain type='lxc'>
  <name>demo</name>
  <memory unit='MiB'>128</memory>
  <os>
    <type>exe</type>
    <init>/sbin/init</init>
  </os>
  <features>
    <privnet/>
  </features>
  <devices>
    <filesystem type='mount'>
      <source dir='$root'/>
      <target dir='/'/>
    </filesystem>
    <console type='pty'/>
  </devices>
</domain>
EOF_XML

show define "$base/demo.xml"
[ "$(virsh -q -c "$uri" domstate demo)" = running ] || show start demo
show list --all
show dominfo demo
echo '# virsh console demo'
{ sleep 1; printf 'hostname; ps; exit\n'; sleep 1; printf '\035'; } | script -qec "virsh -c '$uri' console demo" /dev/null || :

cat <<EOF_HELP

lxvirtd is running. In another terminal:
  export LIBVIRT_DEFAULT_URI='$uri'
  virsh list --all
  virsh console demo        (leave with ^])
  virsh shutdown demo
Its log is $base/daemon.log; everything else of it is below $base, too.
EOF_HELP
[ -z "$once" ] || exit 0
if [ -n "$daemon" ]; then
  echo 'Stop it with ^C.'
  wait "$daemon" || :
fi
