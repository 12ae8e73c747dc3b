#!/bin/bash
# crun.sh BUNDLE ROUNDS: starts and deletes a container with crun again and again; prints the microseconds of each start.
# Runs in a mount namespace of its own.
set -eu
# crun refuses hybrid hierarchies: leave it the v1 part.
if mountpoint -q /sys/fs/cgroup/unified; then umount -l /sys/fs/cgroup/unified; fi
for round in $(seq "$2"); do
  name=lxvirtd-bench-$$-$round
  began=${EPOCHREALTIME/[^0-9]/}
  crun run --detach --bundle "$1" "$name" </dev/null
  ended=${EPOCHREALTIME/[^0-9]/}
  echo $((ended - began))
  crun delete --force "$name"
done
