/**
 * What a confined container may not do, though it is root in there: reach its host by the files through which the kernel
 * takes orders. All else is its own. Paths are those that it sees.
 */
const forbidden = [
  // Orders to the kernel of the host.
  '@{proc}/sysrq-trigger rwklx',
  '@{proc}/{kcore,kmem,mem,kallsyms} rwklx',
  '@{proc}/sys/kernel/{core_pattern,modprobe,hotplug,poweroff_cmd,kexec_load_disabled,modules_disabled,sysrq} wklx',
  '@{proc}/sys/kernel/{kptr_restrict,dmesg_restrict,randomize_va_space,unprivileged_bpf_disabled,yama/**} wklx',
  '@{proc}/sys/kernel/usermodehelper/** wklx',
  '@{proc}/sys/{vm,fs,debug,dev}/** wklx',
  '@{proc}/{acpi,bus,irq,scsi,fs}/** wklx',
  // Firmware, drivers, and what confines this very container.
  '/sys/kernel/{security,debug,tracing}/** rwklx',
  '/sys/{firmware,module,power,bus,class,devices,block}/** wklx',
  '/sys/fs/{bpf,pstore,selinux,apparmor}/** wklx',
] as const;

const forbiddenMounts = ['debugfs', 'tracefs', 'securityfs', 'efivarfs', 'bpf', 'pstore', 'configfs'] as const;

/** A profile of its own for one domain. `name` has neither quotes nor spaces. */
export function profileText(name: string): string {
  const rules = [
    'file',
    'capability',
    'network',
    'mount',
    'remount',
    'umount',
    'pivot_root',
    'dbus',
    'unix',
    // The host, and a daemon that the package's profile confines, may signal and watch it; it may do so among its own.
    'signal (receive) peer={unconfined,lxvirtd}',
    `signal (send, receive) peer="${name}"`,
    'ptrace (readby, tracedby) peer={unconfined,lxvirtd}',
    `ptrace (read, trace, readby, tracedby) peer="${name}"`,
    'deny capability mac_admin',
    'deny capability sys_module',
    ...forbiddenMounts.map(type => `deny mount fstype=${type}`),
    ...forbidden.map(rule => `deny ${rule}`),
  ];
  return [
    '@{proc}=/proc',
    // A container's root is a mount that the host does not see: paths that lead nowhere count from that root.
    `profile "${name}" flags=(attach_disconnected,mediate_deleted) {`,
    ...rules.map(rule => `  ${rule},`),
    '}',
    '',
  ].join('\n');
}
