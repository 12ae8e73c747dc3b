#!/bin/bash
# v2vm.sh 'SHELL LINE': runs a shell line as root in a throw-away virtual machine whose kernel has cgroup v2 alone, with all
# its controllers. Exit status: the line's; 125 when the machine fails, 124 when it takes longer than $V2VM_TIMEOUT (300 s).
#
# The machine sees this machine's file system, read-only, under an overlay: every tool is there, what it writes is lost. /run and
# /dev/shm are its own. QEMU emulates the processor, so it needs no KVM, and is about ten times slower than the host.
# Needs root and the packages qemu-system-x86, seabios, busybox-static, cpio, kmod; downloads a kernel the first time.
set -eu
umask 022

line=${1:?usage: v2vm.sh 'SHELL LINE'}
cache=${LXVIRTD_TEST_CACHE:-/var/cache/lxvirtd-test}
machine=$cache/v2vm
modules='9pnet_virtio 9p overlay bridge veth virtio_pci'

# The newest kernel of the distribution, the modules it needs until it sees a disk, and a first program.
build() {
  local new=$machine.new package version
  rm -rf "$new" && mkdir -p "$new"/tree/{bin,lib,proc,sys,dev,lower,upper,root}
  package=$(apt-cache search --names-only '^linux-image-6[.][0-9.]+[-+][0-9a-z.+-]*amd64$' | grep -v -e dbg -e cloud -e rt- -e unsigned |
    cut -d' ' -f1 | sort -V | tail -n 1)
  (cd "$new" && apt-get download "$package" && dpkg -x "$package"_*.deb kernel && rm "$package"_*.deb)
  version=$(basename "$new"/kernel/lib/modules/*)
  mv "$new/kernel/boot/vmlinuz-$version" "$new/vmlinuz"
  depmod -b "$new/kernel" "$version"

  # In the order in which they have to be loaded; what is built in is not there.
  for module in $modules; do modprobe -d "$new/kernel" -S "$version" --show-depends "$module"; done |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$new/insmod"
  local number=10 file
  while read -r file; do
    case $file in
      *.xz) xz -dc "$file" ;;
      *) cat "$file" ;;
    esac >"$new/tree/lib/$number.ko"
    number=$((number + 1))
  done <"$new/insmod"

  cp "$(command -v busybox)" "$new/tree/bin/busybox"
  cat >"$new/tree/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /lib/*.ko; do insmod "$module"; done
share='-t 9p -o trans=virtio,version=9p2000.L,msize=524288'
mount $share,ro,cache=loose host /lower
mount -t tmpfs -o mode=755 tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root
for dir in proc sys dev; do mount --move "/$dir" "/root/$dir"; done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
for dir in dev/shm run; do mount -t tmpfs tmpfs "/root/$dir"; done
chmod 1777 /root/dev/shm
mkdir /root/run/share
mount $share,cache=none share /root/run/share
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /root/sys/fs/cgroup
exec switch_root /root /bin/bash /run/share/first
INIT
  chmod 755 "$new/tree/init"
  (cd "$new/tree" && find . | cpio --quiet -o -H newc | gzip -1) >"$new/initrd"
  mv "$new/kernel/lib/modules" "$new/modules"
  rm -rf "$new/tree" "$new/kernel" "$new/insmod"
  mv "$new" "$machine"
}

if [ ! -d "$machine" ]; then
  mkdir -p "$cache"
  exec 9>"$machine.lock"
  flock 9
  [ -d "$machine" ] || build >"$machine.log" 2>&1 || { tail -n 20 "$machine.log" >&2; exit 125; }
  exec 9>&-
fi

share=$(mktemp -d "$cache/v2vm-run.XXXXXX")
trap 'rm -rf "$share"' EXIT
printf '%s\n' "$line" >"$share/line"
cat >"$share/first" <<FIRST
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
ip link set lo up
date -s @$(date +%s) >/dev/null
mkdir -p /lib/modules && mount --bind $machine/modules /lib/modules
for controller in cpuset cpu io memory hugetlb pids; do echo +\$controller >/sys/fs/cgroup/cgroup.subtree_control; done
cd $(printf %q "$PWD")
bash /run/share/line </dev/null >/run/share/output 2>&1
echo \$? >/run/share/status
sync
echo o >/proc/sysrq-trigger
sleep 60
FIRST

# Runs the machine until it is switched off.
run_machine() {
  timeout "${V2VM_TIMEOUT:-300}" qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 \
    -nodefaults -no-user-config -display none -no-reboot -serial "file:$share/kernel.log" \
    -kernel "$machine/vmlinuz" -initrd "$machine/initrd" \
    -append 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=1 cgroup_no_v1=all psi=1' \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev "local,id=share,path=$share,security_model=none,multidevs=remap" -device virtio-9p-pci,fsdev=share,mount_tag=share \
    -object rng-random,id=random,filename=/dev/urandom -device virtio-rng-pci,rng=random </dev/null ||
    { [ $? = 124 ] && touch "$share/late"; }
}

# Two emulated processors now and then trip over code that the kernel changes while it runs: the machine is thrown away
# and started anew.
for attempt in 1 2 3; do
  run_machine || true
  if [ -f "$share/status" ] || [ -f "$share/late" ]; then break; fi
  grep -q 'Kernel panic' "$share/kernel.log" || break
  echo "v2vm.sh: the machine's kernel failed (attempt $attempt)" >&2
done

[ ! -f "$share/output" ] || cat "$share/output"
if [ -f "$share/late" ]; then
  echo 'v2vm.sh: out of time' >&2
  exit 124
fi
if [ ! -f "$share/status" ]; then
  echo 'v2vm.sh: the machine ended early:' >&2
  tail -n 20 "$share/kernel.log" >&2
  exit 125
fi
exit "$(cat "$share/status")"
