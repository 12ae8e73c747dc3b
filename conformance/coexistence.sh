#!/bin/sh
# coexistence.sh DIRECTORY: in the namespaces that it is run in, makes libvirt's places on the host private and empty, below
# DIRECTORY, with the configuration of docs/coexistence.md: libvirtd with its QEMU driver, lxvirtd beside it.
set -eu
directory=$1

mount -t tmpfs -o mode=755 none /run
for place in /etc/libvirt /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
  mkdir -p "$place" "$directory$place"
  mount --bind "$directory$place" "$place"
done

# Its group for sockets and its users come with other packages.
cat >/etc/libvirt/libvirtd.conf <<CONFIG
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_rw_perms = "0700"
CONFIG
printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\n' >/etc/libvirt/qemu.conf
echo 'listen_as = [ "virtlxcd" ]' >/etc/libvirt/virtlxcd.conf

# The package libvirt-daemon-driver-lxc is not there.
drivers=$(dirname "$(ls /usr/lib/*/libvirt/connection-driver/libvirt_driver_network.so)")
cp -a "$drivers" "$directory/drivers"
rm -f "$directory"/drivers/libvirt_driver_lxc.so
mount --bind "$directory/drivers" "$drivers"
