#!/bin/bash
# In the emulated machine, whose kernel has the device mapper: the life of a volume group and its volumes. There is no udev
# there, so LVM makes its nodes in /dev itself.
set -eu
for module in dm-mod dm-snapshot loop; do modprobe "$module"; done
cat >/etc/lvm/lvmlocal.conf <<'LVM'
activation { udev_sync=0 udev_rules=0 verify_udev_operations=1 }
devices { obtain_device_list_from_udev=0 }
LVM
cd "$(dirname "$0")/.."
exec node_modules/.bin/node drivers/storage/testing/logical-volumes.ts
