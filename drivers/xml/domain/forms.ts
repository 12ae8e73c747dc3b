import { forms } from '../describe/foreign.ts';

/**
 * What libvirt's domain schema has and the LXC driver only keeps: see `forms` for the notation. The order of the lines is
 * libvirt's order of output.
 */

const address = `
  address type domain controller bus slot target unit port function multifunction cssid ssid devno iobase irq reg uuid base
    zpci uid fid`;

/** A device's address, its alias while it runs, and what any device may have besides. */
const device = `
  boot order loadparm
  rom bar enabled file
  acpi index${address}`;

const character = `
  source mode path host service port append channel
    seclabel model relabel
      label #
    reconnect enabled timeout
  protocol type
  log file append`;

export const characterForms = forms(character);

export const cputuneForms = forms(`
vcpupin vcpu cpuset
emulatorpin cpuset
iothreadpin iothread cpuset
vcpusched vcpus scheduler priority
iothreadsched iothreads scheduler priority
emulatorsched scheduler priority
cachetune vcpus id
  cache id level type size unit
  monitor level vcpus
memorytune vcpus
  node id bandwidth
  monitor vcpus
`);

export const memnodeForms = forms(`memnode cellid mode nodeset`);

export const osForms = forms(`smbios mode`);

export const catchupForms = forms(`catchup threshold slew limit`);

const state = (names: string): string =>
  names
    .split(' ')
    .map(name => `  ${name} state`)
    .join('\n');

export const featureForms = forms(`
acpi
apic eoi
pae
hap state
viridian
hyperv mode=custom
${state('relaxed vapic')}
  spinlocks state retries
${state('vpindex runtime synic')}
  stimer state
    direct state
  reset state
  vendor_id state value
${state('frequencies reenlightenment tlbflush ipi evmcs avic')}
kvm
${state('hidden hint-dedicated poll-control pv-ipi')}
  dirty-ring state size
pvspinlock state
pmu state
vmport state
gic version
smm state
  tseg unit #
ioapic driver
hpt resizing
  maxpagesize unit #
htm state
nested-hv state
msrs unknown
vmcoreinfo state
xen
  e820_host state
  passthrough state mode
cfpc value
sbbc value
ibs value
ccf-assist state
tcg
  tb-cache unit #
async-teardown enabled
ras state
`);

export const filesystemForms = forms(`
binary path xattr
  cache mode
  sandbox mode
  thread_pool size
  lock posix flock
address type domain bus slot function multifunction
`);

export const diskSourceForms = forms(`
host name port transport socket
auth username
  secret type usage uuid
encryption format
  secret type usage uuid
seclabel model relabel
  label #
reservations managed
slices
  slice type offset size
address type domain bus slot function
cookies
  cookie name #
`);

export const networkSourceForms = forms(`
source protocol name query tls pool volume mode type managed namespace startupPolicy
  host name port transport socket
  snapshot name
  config file
  auth username
    secret type usage uuid
  encryption format
    secret type usage uuid
  address type domain bus slot function
`);

export const diskForms = forms(`
auth username
  secret type usage uuid
mirror type file format job ready
geometry cyls heads secs trans
blockio logical_block_size physical_block_size
iotune
${'total_bytes_sec read_bytes_sec write_bytes_sec total_iops_sec read_iops_sec write_iops_sec total_bytes_sec_max read_bytes_sec_max write_bytes_sec_max total_iops_sec_max read_iops_sec_max write_iops_sec_max size_iops_sec group_name total_bytes_sec_max_length read_bytes_sec_max_length write_bytes_sec_max_length total_iops_sec_max_length read_iops_sec_max_length write_iops_sec_max_length'
  .split(' ')
  .map(name => `  ${name} #`)
  .join('\n')}
transient shareBacking
wwn #
vendor #
product #
encryption format
  secret type usage uuid
${outdent(device)}
`);

/** The table of a device's last children is written as children; at the top of a table it stands two spaces left. */
function outdent(table: string): string {
  return table.replace(/^ {2}/gm, '');
}

export const interfaceForms = forms(`
source name address port dev mode type path switchid portid portgroupid connectionid
  local address port
  address type domain bus slot function
  reconnect enabled timeout
backend tap vhost type logFile
downscript path
driver name txmode ioeventfd event_idx queues rx_queue_size tx_queue_size rss rss_hash_report iommu ats packed page_per_vq
  host csum gso tso4 tso6 ecn ufo mrg_rxbuf
  guest csum tso4 tso6 ecn ufo
tune
  sndbuf #
teaming type persistent
coalesce
  rx
    frames max
${outdent(device)}
`);

export const hostdevForms = forms(`
teaming type persistent
${outdent(device)}
readonly
shareable
`);

export const hostdevSourceForms = forms(`
source startupPolicy writeFiltering protocol wwpn model
  address domain bus slot function uuid target unit
  adapter name
  vendor id
  product id
`);

/** Devices that containers do not have, in libvirt's places among those that they have. */
export const deviceForms = forms(`
controller type:ide,fdc,scsi,sata,virtio-serial,ccid,usb,pci,xenbus,isa index model vectors ports maxGrantFrames maxEventChannels
  driver queues cmd_per_lun max_sectors ioeventfd iothread iommu ats packed page_per_vq
  model name
  target chassisNr chassis port busNr hotplug
    node #
  master startport
  pcihole64 unit #${address}
lease
  lockspace #
  key #
  target path offset
smartcard mode type
  certificate #
  database #${character}${address}
serial type${character}
  target type port
    model name
  address type controller port bus iobase irq
parallel type${character}
  target port
  address type iobase irq
channel type${character}
  target type name address port state
  address type controller bus port
input type bus model
  driver iommu ats packed page_per_vq
  source evdev dev grab repeat grabToggle${address}
tpm model:tpm-tis,tpm-crb,tpm-spapr,tpm-spapr-proxy
  backend type version persistent_state encryption
    device path
    active_pcr_banks
    encryption secret
  address type reg
graphics type:sdl,vnc,rdp,desktop,spice,egl-headless display xauth port autoport tlsPort websocket socket listen keymap sharePolicy passwd passwdValidTo connected defaultMode fullscreen multiUser replaceUser
  listen type address network socket
  channel name mode
  image compression
  jpeg compression
  zlib compression
  playback compression
  streaming mode
  clipboard copypaste
  mouse mode
  filetransfer enable
  gl enable rendernode
sound model:sb16,es1370,pcspk,ac97,ich6,ich9,usb,ich7
  codec type
  audio id${address}
audio id type timerPeriod serverName runtimeDir path
  input mixingEngine fixedSettings voices bufferLength dev name
    settings frequency channels format
  output mixingEngine fixedSettings voices bufferLength dev name
    settings frequency channels format
video
  driver name vgaconf iommu ats packed page_per_vq
  model type:vga,cirrus,vmvga,xen,vbox,qxl,parallels,virtio,gop,none,bochs,ramfb ram vram vram64 vgamem heads primary blob
    acceleration accel3d accel2d rendernode
    resolution x y${address}
redirdev bus type${character}
  boot order${address}
redirfilter
  usbdev class vendor product version allow
hub type:usb${address}
watchdog model:i6300esb,ib700,diag288,itco action:reset,shutdown,poweroff,pause,none,dump,inject-nmi${address}
memballoon model:virtio,xen,none,virtio-transitional,virtio-non-transitional autodeflate freePageReporting
  stats period
  driver iommu ats packed page_per_vq${address}
rng model:virtio,virtio-transitional,virtio-non-transitional
  rate bytes period
  backend model type #
    source mode host service path type
    protocol type
  driver iommu ats packed page_per_vq${address}
nvram
  address type reg
panic model:isa,pseries,hyperv,s390,pvpanic
  address type iobase irq
shmem name role
  model type=ivshmem
  size unit #
  server path
  msi enabled vectors ioeventfd${address}
memory model access discard uuid
  source
    path #
    alignsize unit #
    pmem
    nodemask #
    pagesize unit #
  target
    size unit #
    node #
    block unit #
    requested unit #
    label
      size unit #
    readonly${address}
vsock model
  cid auto address
  driver iommu ats packed page_per_vq${address}
crypto model type
  backend model queues${address}
iommu model:intel,smmuv3,virtio
  driver intremap caching_mode eim iotlb aw_bits
`);

export const domainForms = forms(`
genid #
maxMemory slots unit #
memoryBacking
  hugepages
    page size unit nodeset
  nosharepages
  locked
  source type
  access mode
  allocation mode threads
  discard
iothreads #
iothreadids
  iothread id thread_pool_min thread_pool_max
defaultiothread thread_pool_min thread_pool_max
sysinfo type:smbios,fwcfg
  bios
    entry name #
  system
    entry name #
  baseBoard
    entry name #
  chassis
    entry name #
  oemStrings
    entry #
  entry name file #
bootloader #
bootloader_args #
cpu mode:custom,host-model,host-passthrough,maximum match:minimum,exact,strict check migratable
  model fallback vendor_id #
  vendor #
  topology sockets dies=1 cores threads
  cache level mode
  maxphysaddr mode bits limit
  feature policy name
  numa
    cell id cpus memory unit memAccess discard
      distances
        sibling id value
      cache level associativity policy
        size value unit
        line value unit
    interconnects
      latency initiator target cache type value
      bandwidth initiator target type value unit
on_lockfailure #
pm
  suspend-to-mem enabled
  suspend-to-disk enabled
perf
  event name enabled
keywrap
  cipher name state
launchSecurity type kernelHashes
  cbitpos #
  reducedPhysBits #
  policy #
  dhCert #
  session #
`);
