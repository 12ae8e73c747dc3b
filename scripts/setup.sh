#!/bin/sh
# setup.sh [--for start|test]: makes this checkout ready to run: Debian packages, npm packages, the native build.
#
# Works on a fresh Debian 12 with nothing but Node >= 18 and npm; changes nothing, and uses no network, where nothing
# is missing. Needs root only when Debian packages have to be installed.
set -eu
cd "$(dirname "$0")/.."

purpose=start
[ "${1:-}" = --for ] && purpose=${2:?usage: setup.sh [--for start|test]}
export HOME="${HOME:-/root}" DEBIAN_FRONTEND=noninteractive

say() { echo "setup: $*" >&2; }

# retry COMMAND...: mirrors and registries fail now and then.
retry() {
  for pause in 2 10 30; do
    "$@" && return
    say "failed, trying again in $pause s: $*"
    sleep "$pause"
  done
  "$@"
}

# One question for all: dpkg reads its whole list for each.
missing_packages() {
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p')
  sed -e 's/#.*//' scripts/packages.txt | while read -r package mark; do
    [ -n "$package" ] || continue
    [ "$purpose" = test ] || [ "$mark" = start ] || continue
    echo "$installed" | grep -qxF "$package" || echo "$package"
  done
}

apt() {
  apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# The packages of a stock daemon (the peer that tests compare with) must not start it on this machine.
forbid_services() {
  [ -e /usr/sbin/policy-rc.d ] && return
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 130' INT TERM
}

install_debian_packages() {
  wanted=$(missing_packages)
  [ -n "$wanted" ] || return 0
  [ "$(id -u)" = 0 ] || { say "run as root, or install:" $wanted; exit 1; }
  say 'installing' $wanted
  forbid_services
  retry refresh_and_install $wanted
}

refresh_and_install() {
  apt update && apt install --yes --no-install-recommends "$@" >/dev/null
}

# `npm ci` throws node_modules away first, so it is kept for the first time.
install_npm_packages() {
  installed=node_modules/.installed-lock
  cmp -s package-lock.json "$installed" && return
  if [ -d node_modules ]; then command='install --no-save'; else command=ci; fi
  say "npm $command"
  retry npm $command --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$installed"
}

build_native() {
  [ -f native/controller/Makefile ] || return 0
  make --no-print-directory -s -C native/controller >&2
}

# A daemon that finds its code compiled is smaller for as long as it runs. Only root has a place for that.
compile_daemon() {
  [ "$(id -u)" != 0 ] || bin/lxvirtd --compile
}

install_debian_packages
install_npm_packages
build_native
compile_daemon
