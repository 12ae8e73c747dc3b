#!/bin/sh
# mkrootfs.sh DIR: makes a busybox root tree for a container. Needs the Debian package busybox-static.
#
# Its /sbin/init says BUSYBOX-CONTAINER-READY, keeps a shell on the console, ends on SIGTERM and SIGINT, and obeys the
# requests for power-off and reboot that a libvirt driver writes to /run/initctl (sysvinit's struct init_request).
set -eu

root=${1:?usage: mkrootfs.sh DIR}
busybox=$(command -v busybox) || { echo 'mkrootfs.sh: install busybox-static' >&2; exit 1; }

for dir in bin sbin etc dev proc sys tmp root usr/bin var run mnt; do
  mkdir -p "$root/$dir"
done
chmod 1777 "$root/tmp"

cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
  [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
done

# A request is 384 bytes; its third word is the run level as a character, '0' or '6', which no other word of it holds.
cat > "$root/sbin/init" <<'INIT'
#!/bin/sh
export PATH=/bin:/sbin
trap 'exit 0' TERM INT
rm -f /run/initctl
mkfifo /run/initctl 2>/dev/null
(
  exec 9<>/run/initctl
  level=$(dd bs=384 count=1 <&9 2>/dev/null | tr -dc 06)
  [ "$level" = 6 ] && reboot -f
  kill -TERM 1
) &
while :; do
  echo BUSYBOX-CONTAINER-READY
  setsid -c sh -i <>/dev/console >&0 2>&1 &
  wait $!
  sleep 1 & wait $!
done
INIT
chmod 755 "$root/sbin/init"

echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"
echo busybox > "$root/etc/hostname"
