// The constants of libvirt's public headers (12.6.0), one object per C enumeration: its name without "vir",
// its members without the prefix that all of them share. Facts: nothing here is chosen by this project.

/** virErrorLevel */
export const ErrorLevel = {
  NONE: 0,
  WARNING: 1,
  ERROR: 2,
} as const;
export type ErrorLevel = (typeof ErrorLevel)[keyof typeof ErrorLevel];

/** virErrorDomain */
export const ErrorDomain = {
  NONE: 0,
  XEN: 1,
  XEND: 2,
  XENSTORE: 3,
  SEXPR: 4,
  XML: 5,
  DOM: 6,
  RPC: 7,
  PROXY: 8,
  CONF: 9,
  QEMU: 10,
  NET: 11,
  TEST: 12,
  REMOTE: 13,
  OPENVZ: 14,
  XENXM: 15,
  STATS_LINUX: 16,
  LXC: 17,
  STORAGE: 18,
  NETWORK: 19,
  DOMAIN: 20,
  UML: 21,
  NODEDEV: 22,
  XEN_INOTIFY: 23,
  SECURITY: 24,
  VBOX: 25,
  INTERFACE: 26,
  ONE: 27,
  ESX: 28,
  PHYP: 29,
  SECRET: 30,
  CPU: 31,
  XENAPI: 32,
  NWFILTER: 33,
  HOOK: 34,
  DOMAIN_SNAPSHOT: 35,
  AUDIT: 36,
  SYSINFO: 37,
  STREAMS: 38,
  VMWARE: 39,
  EVENT: 40,
  LIBXL: 41,
  LOCKING: 42,
  HYPERV: 43,
  CAPABILITIES: 44,
  URI: 45,
  AUTH: 46,
  DBUS: 47,
  PARALLELS: 48,
  DEVICE: 49,
  SSH: 50,
  LOCKSPACE: 51,
  INITCTL: 52,
  IDENTITY: 53,
  CGROUP: 54,
  ACCESS: 55,
  SYSTEMD: 56,
  BHYVE: 57,
  CRYPTO: 58,
  FIREWALL: 59,
  POLKIT: 60,
  THREAD: 61,
  ADMIN: 62,
  LOGGING: 63,
  XENXL: 64,
  PERF: 65,
  LIBSSH: 66,
  RESCTRL: 67,
  FIREWALLD: 68,
  DOMAIN_CHECKPOINT: 69,
  TPM: 70,
  BPF: 71,
  CH: 72,
} as const;
export type ErrorDomain = (typeof ErrorDomain)[keyof typeof ErrorDomain];

/** virErrorNumber */
export const ErrorCode = {
  OK: 0,
  INTERNAL_ERROR: 1,
  NO_MEMORY: 2,
  NO_SUPPORT: 3,
  UNKNOWN_HOST: 4,
  NO_CONNECT: 5,
  INVALID_CONN: 6,
  INVALID_DOMAIN: 7,
  INVALID_ARG: 8,
  OPERATION_FAILED: 9,
  GET_FAILED: 10,
  POST_FAILED: 11,
  HTTP_ERROR: 12,
  SEXPR_SERIAL: 13,
  NO_XEN: 14,
  XEN_CALL: 15,
  OS_TYPE: 16,
  NO_KERNEL: 17,
  NO_ROOT: 18,
  NO_SOURCE: 19,
  NO_TARGET: 20,
  NO_NAME: 21,
  NO_OS: 22,
  NO_DEVICE: 23,
  NO_XENSTORE: 24,
  DRIVER_FULL: 25,
  CALL_FAILED: 26,
  XML_ERROR: 27,
  DOM_EXIST: 28,
  OPERATION_DENIED: 29,
  OPEN_FAILED: 30,
  READ_FAILED: 31,
  PARSE_FAILED: 32,
  CONF_SYNTAX: 33,
  WRITE_FAILED: 34,
  XML_DETAIL: 35,
  INVALID_NETWORK: 36,
  NETWORK_EXIST: 37,
  SYSTEM_ERROR: 38,
  RPC: 39,
  GNUTLS_ERROR: 40,
  WAR_NO_NETWORK: 41,
  NO_DOMAIN: 42,
  NO_NETWORK: 43,
  INVALID_MAC: 44,
  AUTH_FAILED: 45,
  INVALID_STORAGE_POOL: 46,
  INVALID_STORAGE_VOL: 47,
  WAR_NO_STORAGE: 48,
  NO_STORAGE_POOL: 49,
  NO_STORAGE_VOL: 50,
  WAR_NO_NODE: 51,
  INVALID_NODE_DEVICE: 52,
  NO_NODE_DEVICE: 53,
  NO_SECURITY_MODEL: 54,
  OPERATION_INVALID: 55,
  WAR_NO_INTERFACE: 56,
  NO_INTERFACE: 57,
  INVALID_INTERFACE: 58,
  MULTIPLE_INTERFACES: 59,
  WAR_NO_NWFILTER: 60,
  INVALID_NWFILTER: 61,
  NO_NWFILTER: 62,
  BUILD_FIREWALL: 63,
  WAR_NO_SECRET: 64,
  INVALID_SECRET: 65,
  NO_SECRET: 66,
  CONFIG_UNSUPPORTED: 67,
  OPERATION_TIMEOUT: 68,
  MIGRATE_PERSIST_FAILED: 69,
  HOOK_SCRIPT_FAILED: 70,
  INVALID_DOMAIN_SNAPSHOT: 71,
  NO_DOMAIN_SNAPSHOT: 72,
  INVALID_STREAM: 73,
  ARGUMENT_UNSUPPORTED: 74,
  STORAGE_PROBE_FAILED: 75,
  STORAGE_POOL_BUILT: 76,
  SNAPSHOT_REVERT_RISKY: 77,
  OPERATION_ABORTED: 78,
  AUTH_CANCELLED: 79,
  NO_DOMAIN_METADATA: 80,
  MIGRATE_UNSAFE: 81,
  OVERFLOW: 82,
  BLOCK_COPY_ACTIVE: 83,
  OPERATION_UNSUPPORTED: 84,
  SSH: 85,
  AGENT_UNRESPONSIVE: 86,
  RESOURCE_BUSY: 87,
  ACCESS_DENIED: 88,
  DBUS_SERVICE: 89,
  STORAGE_VOL_EXIST: 90,
  CPU_INCOMPATIBLE: 91,
  XML_INVALID_SCHEMA: 92,
  MIGRATE_FINISH_OK: 93,
  AUTH_UNAVAILABLE: 94,
  NO_SERVER: 95,
  NO_CLIENT: 96,
  AGENT_UNSYNCED: 97,
  LIBSSH: 98,
  DEVICE_MISSING: 99,
  INVALID_NWFILTER_BINDING: 100,
  NO_NWFILTER_BINDING: 101,
  INVALID_DOMAIN_CHECKPOINT: 102,
  NO_DOMAIN_CHECKPOINT: 103,
  NO_DOMAIN_BACKUP: 104,
  INVALID_NETWORK_PORT: 105,
  NETWORK_PORT_EXIST: 106,
  NO_NETWORK_PORT: 107,
  NO_HOSTNAME: 108,
  CHECKPOINT_INCONSISTENT: 109,
  MULTIPLE_DOMAINS: 110,
  NO_NETWORK_METADATA: 111,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** virConnectCloseReason */
export const ConnectCloseReason = {
  ERROR: 0,
  EOF: 1,
  KEEPALIVE: 2,
  CLIENT: 3,
} as const;
export type ConnectCloseReason = (typeof ConnectCloseReason)[keyof typeof ConnectCloseReason];

/** virTypedParameterType */
export const TypedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
  STRING: 7,
} as const;
export type TypedParameterType = (typeof TypedParameterType)[keyof typeof TypedParameterType];

/** virTypedParameterFlags: bits, or them together */
export const TypedParameterFlags = {
  TYPED_PARAM_STRING_OKAY: 4,
} as const;

/** virNodeSuspendTarget */
export const NodeSuspendTarget = {
  MEM: 0,
  DISK: 1,
  HYBRID: 2,
} as const;
export type NodeSuspendTarget = (typeof NodeSuspendTarget)[keyof typeof NodeSuspendTarget];

/** virNodeGetCPUStatsAllCPUs */
export const NodeGetCPUStatsAllCPUs = {
  NODE_CPU_STATS_ALL_CPUS: -1,
} as const;
export type NodeGetCPUStatsAllCPUs = (typeof NodeGetCPUStatsAllCPUs)[keyof typeof NodeGetCPUStatsAllCPUs];

/** virNodeGetMemoryStatsAllCells */
export const NodeGetMemoryStatsAllCells = {
  NODE_MEMORY_STATS_ALL_CELLS: -1,
} as const;
export type NodeGetMemoryStatsAllCells = (typeof NodeGetMemoryStatsAllCells)[keyof typeof NodeGetMemoryStatsAllCells];

/** virConnectFlags: bits, or them together */
export const ConnectFlags = {
  RO: 1,
  NO_ALIASES: 2,
} as const;

/** virCPUCompareResult */
export const CPUCompareResult = {
  ERROR: -1,
  INCOMPATIBLE: 0,
  IDENTICAL: 1,
  SUPERSET: 2,
} as const;
export type CPUCompareResult = (typeof CPUCompareResult)[keyof typeof CPUCompareResult];

/** virConnectCompareCPUFlags: bits, or them together */
export const ConnectCompareCPUFlags = {
  FAIL_INCOMPATIBLE: 1,
  VALIDATE_XML: 2,
} as const;

/** virConnectBaselineCPUFlags: bits, or them together */
export const ConnectBaselineCPUFlags = {
  EXPAND_FEATURES: 1,
  MIGRATABLE: 2,
} as const;

/** virNodeAllocPagesFlags: bits, or them together */
export const NodeAllocPagesFlags = {
  ADD: 0,
  SET: 1,
} as const;

/** virDomainState */
export const DomainState = {
  NOSTATE: 0,
  RUNNING: 1,
  BLOCKED: 2,
  PAUSED: 3,
  SHUTDOWN: 4,
  SHUTOFF: 5,
  CRASHED: 6,
  PMSUSPENDED: 7,
} as const;
export type DomainState = (typeof DomainState)[keyof typeof DomainState];

/** virDomainNostateReason */
export const DomainNostateReason = {
  DOMAIN_NOSTATE_UNKNOWN: 0,
} as const;
export type DomainNostateReason = (typeof DomainNostateReason)[keyof typeof DomainNostateReason];

/** virDomainRunningReason */
export const DomainRunningReason = {
  UNKNOWN: 0,
  BOOTED: 1,
  MIGRATED: 2,
  RESTORED: 3,
  FROM_SNAPSHOT: 4,
  UNPAUSED: 5,
  MIGRATION_CANCELED: 6,
  SAVE_CANCELED: 7,
  WAKEUP: 8,
  CRASHED: 9,
  POSTCOPY: 10,
  POSTCOPY_FAILED: 11,
} as const;
export type DomainRunningReason = (typeof DomainRunningReason)[keyof typeof DomainRunningReason];

/** virDomainBlockedReason */
export const DomainBlockedReason = {
  DOMAIN_BLOCKED_UNKNOWN: 0,
} as const;
export type DomainBlockedReason = (typeof DomainBlockedReason)[keyof typeof DomainBlockedReason];

/** virDomainPausedReason */
export const DomainPausedReason = {
  UNKNOWN: 0,
  USER: 1,
  MIGRATION: 2,
  SAVE: 3,
  DUMP: 4,
  IOERROR: 5,
  WATCHDOG: 6,
  FROM_SNAPSHOT: 7,
  SHUTTING_DOWN: 8,
  SNAPSHOT: 9,
  CRASHED: 10,
  STARTING_UP: 11,
  POSTCOPY: 12,
  POSTCOPY_FAILED: 13,
} as const;
export type DomainPausedReason = (typeof DomainPausedReason)[keyof typeof DomainPausedReason];

/** virDomainShutdownReason */
export const DomainShutdownReason = {
  UNKNOWN: 0,
  USER: 1,
} as const;
export type DomainShutdownReason = (typeof DomainShutdownReason)[keyof typeof DomainShutdownReason];

/** virDomainShutoffReason */
export const DomainShutoffReason = {
  UNKNOWN: 0,
  SHUTDOWN: 1,
  DESTROYED: 2,
  CRASHED: 3,
  MIGRATED: 4,
  SAVED: 5,
  FAILED: 6,
  FROM_SNAPSHOT: 7,
  DAEMON: 8,
} as const;
export type DomainShutoffReason = (typeof DomainShutoffReason)[keyof typeof DomainShutoffReason];

/** virDomainCrashedReason */
export const DomainCrashedReason = {
  UNKNOWN: 0,
  PANICKED: 1,
} as const;
export type DomainCrashedReason = (typeof DomainCrashedReason)[keyof typeof DomainCrashedReason];

/** virDomainPMSuspendedReason */
export const DomainPMSuspendedReason = {
  DOMAIN_PMSUSPENDED_UNKNOWN: 0,
} as const;
export type DomainPMSuspendedReason = (typeof DomainPMSuspendedReason)[keyof typeof DomainPMSuspendedReason];

/** virDomainPMSuspendedDiskReason */
export const DomainPMSuspendedDiskReason = {
  DOMAIN_PMSUSPENDED_DISK_UNKNOWN: 0,
} as const;
export type DomainPMSuspendedDiskReason =
  (typeof DomainPMSuspendedDiskReason)[keyof typeof DomainPMSuspendedDiskReason];

/** virDomainControlState */
export const DomainControlState = {
  OK: 0,
  JOB: 1,
  OCCUPIED: 2,
  ERROR: 3,
} as const;
export type DomainControlState = (typeof DomainControlState)[keyof typeof DomainControlState];

/** virDomainControlErrorReason */
export const DomainControlErrorReason = {
  NONE: 0,
  UNKNOWN: 1,
  MONITOR: 2,
  INTERNAL: 3,
} as const;
export type DomainControlErrorReason = (typeof DomainControlErrorReason)[keyof typeof DomainControlErrorReason];

/** virDomainModificationImpact: bits, or them together */
export const DomainModificationImpact = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
} as const;

/** virDomainCreateFlags: bits, or them together */
export const DomainCreateFlags = {
  NONE: 0,
  START_PAUSED: 1,
  START_AUTODESTROY: 2,
  START_BYPASS_CACHE: 4,
  START_FORCE_BOOT: 8,
  START_VALIDATE: 16,
  START_RESET_NVRAM: 32,
} as const;

/** virDomainMemoryStatTags */
export const DomainMemoryStatTags = {
  SWAP_IN: 0,
  SWAP_OUT: 1,
  MAJOR_FAULT: 2,
  MINOR_FAULT: 3,
  UNUSED: 4,
  AVAILABLE: 5,
  ACTUAL_BALLOON: 6,
  RSS: 7,
  USABLE: 8,
  LAST_UPDATE: 9,
  DISK_CACHES: 10,
  HUGETLB_PGALLOC: 11,
  HUGETLB_PGFAIL: 12,
  NR: 13,
} as const;
export type DomainMemoryStatTags = (typeof DomainMemoryStatTags)[keyof typeof DomainMemoryStatTags];

/** virDomainCoreDumpFlags: bits, or them together */
export const DomainCoreDumpFlags = {
  CRASH: 1,
  LIVE: 2,
  BYPASS_CACHE: 4,
  RESET: 8,
  MEMORY_ONLY: 16,
} as const;

/** virDomainCoreDumpFormat */
export const DomainCoreDumpFormat = {
  RAW: 0,
  KDUMP_ZLIB: 1,
  KDUMP_LZO: 2,
  KDUMP_SNAPPY: 3,
  WIN_DMP: 4,
} as const;
export type DomainCoreDumpFormat = (typeof DomainCoreDumpFormat)[keyof typeof DomainCoreDumpFormat];

/** virDomainMigrateFlags: bits, or them together */
export const DomainMigrateFlags = {
  LIVE: 1,
  PEER2PEER: 2,
  TUNNELLED: 4,
  PERSIST_DEST: 8,
  UNDEFINE_SOURCE: 16,
  PAUSED: 32,
  NON_SHARED_DISK: 64,
  NON_SHARED_INC: 128,
  CHANGE_PROTECTION: 256,
  UNSAFE: 512,
  OFFLINE: 1024,
  COMPRESSED: 2048,
  ABORT_ON_ERROR: 4096,
  AUTO_CONVERGE: 8192,
  RDMA_PIN_ALL: 16384,
  POSTCOPY: 32768,
  TLS: 65536,
  PARALLEL: 131072,
  NON_SHARED_SYNCHRONOUS_WRITES: 262144,
  POSTCOPY_RESUME: 524288,
  ZEROCOPY: 1048576,
} as const;

/** virDomainMigrateMaxSpeedFlags: bits, or them together */
export const DomainMigrateMaxSpeedFlags = {
  DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY: 1,
} as const;

/** virDomainShutdownFlagValues: bits, or them together */
export const DomainShutdownFlagValues = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;

/** virDomainRebootFlagValues: bits, or them together */
export const DomainRebootFlagValues = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;

/** virDomainDestroyFlagsValues: bits, or them together */
export const DomainDestroyFlagsValues = {
  DEFAULT: 0,
  GRACEFUL: 1,
  REMOVE_LOGS: 2,
} as const;

/** virDomainSaveRestoreFlags: bits, or them together */
export const DomainSaveRestoreFlags = {
  BYPASS_CACHE: 1,
  RUNNING: 2,
  PAUSED: 4,
  RESET_NVRAM: 8,
} as const;

/** virDomainMemoryModFlags: bits, or them together */
export const DomainMemoryModFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
} as const;

/** virDomainNumatuneMemMode */
export const DomainNumatuneMemMode = {
  STRICT: 0,
  PREFERRED: 1,
  INTERLEAVE: 2,
  RESTRICTIVE: 3,
} as const;
export type DomainNumatuneMemMode = (typeof DomainNumatuneMemMode)[keyof typeof DomainNumatuneMemMode];

/** virDomainGetHostnameFlags: bits, or them together */
export const DomainGetHostnameFlags = {
  LEASE: 1,
  AGENT: 2,
} as const;

/** virDomainMetadataType */
export const DomainMetadataType = {
  DESCRIPTION: 0,
  TITLE: 1,
  ELEMENT: 2,
} as const;
export type DomainMetadataType = (typeof DomainMetadataType)[keyof typeof DomainMetadataType];

/** virDomainXMLFlags: bits, or them together */
export const DomainXMLFlags = {
  SECURE: 1,
  INACTIVE: 2,
  UPDATE_CPU: 4,
  MIGRATABLE: 8,
} as const;

/** virDomainSaveImageXMLFlags: bits, or them together */
export const DomainSaveImageXMLFlags = {
  DOMAIN_SAVE_IMAGE_XML_SECURE: 1,
} as const;

/** virDomainBlockResizeFlags: bits, or them together */
export const DomainBlockResizeFlags = {
  DOMAIN_BLOCK_RESIZE_BYTES: 1,
} as const;

/** virDomainMemoryFlags: bits, or them together */
export const DomainMemoryFlags = {
  VIRTUAL: 1,
  PHYSICAL: 2,
} as const;

/** virDomainDefineFlags: bits, or them together */
export const DomainDefineFlags = {
  DOMAIN_DEFINE_VALIDATE: 1,
} as const;

/** virDomainUndefineFlagsValues: bits, or them together */
export const DomainUndefineFlagsValues = {
  MANAGED_SAVE: 1,
  SNAPSHOTS_METADATA: 2,
  NVRAM: 4,
  KEEP_NVRAM: 8,
  CHECKPOINTS_METADATA: 16,
  TPM: 32,
  KEEP_TPM: 64,
} as const;

/** virConnectListAllDomainsFlags: bits, or them together */
export const ConnectListAllDomainsFlags = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  MANAGEDSAVE: 256,
  NO_MANAGEDSAVE: 512,
  AUTOSTART: 1024,
  NO_AUTOSTART: 2048,
  HAS_SNAPSHOT: 4096,
  NO_SNAPSHOT: 8192,
  HAS_CHECKPOINT: 16384,
  NO_CHECKPOINT: 32768,
} as const;

/** virVcpuState */
export const VcpuState = {
  OFFLINE: 0,
  RUNNING: 1,
  BLOCKED: 2,
} as const;
export type VcpuState = (typeof VcpuState)[keyof typeof VcpuState];

/** virVcpuHostCpuState */
export const VcpuHostCpuState = {
  OFFLINE: -1,
  UNAVAILABLE: -2,
} as const;
export type VcpuHostCpuState = (typeof VcpuHostCpuState)[keyof typeof VcpuHostCpuState];

/** virDomainVcpuFlags: bits, or them together */
export const DomainVcpuFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
  GUEST: 8,
  HOTPLUGGABLE: 16,
} as const;

/** virDomainDeviceModifyFlags: bits, or them together */
export const DomainDeviceModifyFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  FORCE: 4,
} as const;

/** virDomainStatsTypes: bits, or them together */
export const DomainStatsTypes = {
  STATE: 1,
  CPU_TOTAL: 2,
  BALLOON: 4,
  VCPU: 8,
  INTERFACE: 16,
  BLOCK: 32,
  PERF: 64,
  IOTHREAD: 128,
  MEMORY: 256,
  DIRTYRATE: 512,
  VM: 1024,
} as const;

/** virConnectGetAllDomainStatsFlags: bits, or them together */
export const ConnectGetAllDomainStatsFlags = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  NOWAIT: 536870912,
  BACKING: 1073741824,
  ENFORCE_STATS: 2147483648,
} as const;

/** virDomainBlockJobType */
export const DomainBlockJobType = {
  UNKNOWN: 0,
  PULL: 1,
  COPY: 2,
  COMMIT: 3,
  ACTIVE_COMMIT: 4,
  BACKUP: 5,
} as const;
export type DomainBlockJobType = (typeof DomainBlockJobType)[keyof typeof DomainBlockJobType];

/** virDomainBlockJobAbortFlags: bits, or them together */
export const DomainBlockJobAbortFlags = {
  ASYNC: 1,
  PIVOT: 2,
} as const;

/** virDomainBlockJobInfoFlags: bits, or them together */
export const DomainBlockJobInfoFlags = {
  DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES: 1,
} as const;

/** virDomainBlockJobSetSpeedFlags: bits, or them together */
export const DomainBlockJobSetSpeedFlags = {
  DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES: 1,
} as const;

/** virDomainBlockPullFlags: bits, or them together */
export const DomainBlockPullFlags = {
  DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES: 64,
} as const;

/** virDomainBlockRebaseFlags: bits, or them together */
export const DomainBlockRebaseFlags = {
  SHALLOW: 1,
  REUSE_EXT: 2,
  COPY_RAW: 4,
  COPY: 8,
  RELATIVE: 16,
  COPY_DEV: 32,
  BANDWIDTH_BYTES: 64,
} as const;

/** virDomainBlockCopyFlags: bits, or them together */
export const DomainBlockCopyFlags = {
  SHALLOW: 1,
  REUSE_EXT: 2,
  TRANSIENT_JOB: 4,
  SYNCHRONOUS_WRITES: 8,
} as const;

/** virDomainBlockCommitFlags: bits, or them together */
export const DomainBlockCommitFlags = {
  SHALLOW: 1,
  DELETE: 2,
  ACTIVE: 4,
  RELATIVE: 8,
  BANDWIDTH_BYTES: 16,
} as const;

/** virDomainDiskErrorCode */
export const DomainDiskErrorCode = {
  NONE: 0,
  UNSPEC: 1,
  NO_SPACE: 2,
} as const;
export type DomainDiskErrorCode = (typeof DomainDiskErrorCode)[keyof typeof DomainDiskErrorCode];

/** virKeycodeSet */
export const KeycodeSet = {
  LINUX: 0,
  XT: 1,
  ATSET1: 2,
  ATSET2: 3,
  ATSET3: 4,
  OSX: 5,
  XT_KBD: 6,
  USB: 7,
  WIN32: 8,
  QNUM: 9,
} as const;
export type KeycodeSet = (typeof KeycodeSet)[keyof typeof KeycodeSet];

/** virDomainProcessSignal */
export const DomainProcessSignal = {
  NOP: 0,
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  RT0: 32,
  RT1: 33,
  RT2: 34,
  RT3: 35,
  RT4: 36,
  RT5: 37,
  RT6: 38,
  RT7: 39,
  RT8: 40,
  RT9: 41,
  RT10: 42,
  RT11: 43,
  RT12: 44,
  RT13: 45,
  RT14: 46,
  RT15: 47,
  RT16: 48,
  RT17: 49,
  RT18: 50,
  RT19: 51,
  RT20: 52,
  RT21: 53,
  RT22: 54,
  RT23: 55,
  RT24: 56,
  RT25: 57,
  RT26: 58,
  RT27: 59,
  RT28: 60,
  RT29: 61,
  RT30: 62,
  RT31: 63,
  RT32: 64,
} as const;
export type DomainProcessSignal = (typeof DomainProcessSignal)[keyof typeof DomainProcessSignal];

/** virDomainEventType */
export const DomainEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  SUSPENDED: 3,
  RESUMED: 4,
  STOPPED: 5,
  SHUTDOWN: 6,
  PMSUSPENDED: 7,
  CRASHED: 8,
} as const;
export type DomainEventType = (typeof DomainEventType)[keyof typeof DomainEventType];

/** virDomainEventDefinedDetailType */
export const DomainEventDefinedDetailType = {
  ADDED: 0,
  UPDATED: 1,
  RENAMED: 2,
  FROM_SNAPSHOT: 3,
} as const;
export type DomainEventDefinedDetailType =
  (typeof DomainEventDefinedDetailType)[keyof typeof DomainEventDefinedDetailType];

/** virDomainEventUndefinedDetailType */
export const DomainEventUndefinedDetailType = {
  REMOVED: 0,
  RENAMED: 1,
} as const;
export type DomainEventUndefinedDetailType =
  (typeof DomainEventUndefinedDetailType)[keyof typeof DomainEventUndefinedDetailType];

/** virDomainEventStartedDetailType */
export const DomainEventStartedDetailType = {
  BOOTED: 0,
  MIGRATED: 1,
  RESTORED: 2,
  FROM_SNAPSHOT: 3,
  WAKEUP: 4,
} as const;
export type DomainEventStartedDetailType =
  (typeof DomainEventStartedDetailType)[keyof typeof DomainEventStartedDetailType];

/** virDomainEventSuspendedDetailType */
export const DomainEventSuspendedDetailType = {
  PAUSED: 0,
  MIGRATED: 1,
  IOERROR: 2,
  WATCHDOG: 3,
  RESTORED: 4,
  FROM_SNAPSHOT: 5,
  API_ERROR: 6,
  POSTCOPY: 7,
  POSTCOPY_FAILED: 8,
} as const;
export type DomainEventSuspendedDetailType =
  (typeof DomainEventSuspendedDetailType)[keyof typeof DomainEventSuspendedDetailType];

/** virDomainEventResumedDetailType */
export const DomainEventResumedDetailType = {
  UNPAUSED: 0,
  MIGRATED: 1,
  FROM_SNAPSHOT: 2,
  POSTCOPY: 3,
  POSTCOPY_FAILED: 4,
} as const;
export type DomainEventResumedDetailType =
  (typeof DomainEventResumedDetailType)[keyof typeof DomainEventResumedDetailType];

/** virDomainEventStoppedDetailType */
export const DomainEventStoppedDetailType = {
  SHUTDOWN: 0,
  DESTROYED: 1,
  CRASHED: 2,
  MIGRATED: 3,
  SAVED: 4,
  FAILED: 5,
  FROM_SNAPSHOT: 6,
} as const;
export type DomainEventStoppedDetailType =
  (typeof DomainEventStoppedDetailType)[keyof typeof DomainEventStoppedDetailType];

/** virDomainEventShutdownDetailType */
export const DomainEventShutdownDetailType = {
  FINISHED: 0,
  GUEST: 1,
  HOST: 2,
} as const;
export type DomainEventShutdownDetailType =
  (typeof DomainEventShutdownDetailType)[keyof typeof DomainEventShutdownDetailType];

/** virDomainEventPMSuspendedDetailType */
export const DomainEventPMSuspendedDetailType = {
  MEMORY: 0,
  DISK: 1,
} as const;
export type DomainEventPMSuspendedDetailType =
  (typeof DomainEventPMSuspendedDetailType)[keyof typeof DomainEventPMSuspendedDetailType];

/** virDomainEventCrashedDetailType */
export const DomainEventCrashedDetailType = {
  PANICKED: 0,
  CRASHLOADED: 1,
} as const;
export type DomainEventCrashedDetailType =
  (typeof DomainEventCrashedDetailType)[keyof typeof DomainEventCrashedDetailType];

/** virDomainMemoryFailureRecipientType */
export const DomainMemoryFailureRecipientType = {
  HYPERVISOR: 0,
  GUEST: 1,
} as const;
export type DomainMemoryFailureRecipientType =
  (typeof DomainMemoryFailureRecipientType)[keyof typeof DomainMemoryFailureRecipientType];

/** virDomainMemoryFailureActionType */
export const DomainMemoryFailureActionType = {
  IGNORE: 0,
  INJECT: 1,
  FATAL: 2,
  RESET: 3,
} as const;
export type DomainMemoryFailureActionType =
  (typeof DomainMemoryFailureActionType)[keyof typeof DomainMemoryFailureActionType];

/** virDomainMemoryFailureFlags: bits, or them together */
export const DomainMemoryFailureFlags = {
  ACTION_REQUIRED: 1,
  RECURSIVE: 2,
} as const;

/** virDomainJobType */
export const DomainJobType = {
  NONE: 0,
  BOUNDED: 1,
  UNBOUNDED: 2,
  COMPLETED: 3,
  FAILED: 4,
  CANCELLED: 5,
} as const;
export type DomainJobType = (typeof DomainJobType)[keyof typeof DomainJobType];

/** virDomainGetJobStatsFlags: bits, or them together */
export const DomainGetJobStatsFlags = {
  COMPLETED: 1,
  KEEP_COMPLETED: 2,
} as const;

/** virDomainAbortJobFlagsValues: bits, or them together */
export const DomainAbortJobFlagsValues = {
  DOMAIN_ABORT_JOB_POSTCOPY: 1,
} as const;

/** virDomainJobOperation */
export const DomainJobOperation = {
  UNKNOWN: 0,
  START: 1,
  SAVE: 2,
  RESTORE: 3,
  MIGRATION_IN: 4,
  MIGRATION_OUT: 5,
  SNAPSHOT: 6,
  SNAPSHOT_REVERT: 7,
  DUMP: 8,
  BACKUP: 9,
  SNAPSHOT_DELETE: 10,
} as const;
export type DomainJobOperation = (typeof DomainJobOperation)[keyof typeof DomainJobOperation];

/** virDomainEventWatchdogAction */
export const DomainEventWatchdogAction = {
  NONE: 0,
  PAUSE: 1,
  RESET: 2,
  POWEROFF: 3,
  SHUTDOWN: 4,
  DEBUG: 5,
  INJECTNMI: 6,
} as const;
export type DomainEventWatchdogAction = (typeof DomainEventWatchdogAction)[keyof typeof DomainEventWatchdogAction];

/** virDomainEventIOErrorAction */
export const DomainEventIOErrorAction = {
  NONE: 0,
  PAUSE: 1,
  REPORT: 2,
} as const;
export type DomainEventIOErrorAction = (typeof DomainEventIOErrorAction)[keyof typeof DomainEventIOErrorAction];

/** virDomainEventGraphicsPhase */
export const DomainEventGraphicsPhase = {
  CONNECT: 0,
  INITIALIZE: 1,
  DISCONNECT: 2,
} as const;
export type DomainEventGraphicsPhase = (typeof DomainEventGraphicsPhase)[keyof typeof DomainEventGraphicsPhase];

/** virDomainEventGraphicsAddressType */
export const DomainEventGraphicsAddressType = {
  IPV4: 0,
  IPV6: 1,
  UNIX: 2,
} as const;
export type DomainEventGraphicsAddressType =
  (typeof DomainEventGraphicsAddressType)[keyof typeof DomainEventGraphicsAddressType];

/** virConnectDomainEventBlockJobStatus */
export const ConnectDomainEventBlockJobStatus = {
  COMPLETED: 0,
  FAILED: 1,
  CANCELED: 2,
  READY: 3,
} as const;
export type ConnectDomainEventBlockJobStatus =
  (typeof ConnectDomainEventBlockJobStatus)[keyof typeof ConnectDomainEventBlockJobStatus];

/** virConnectDomainEventDiskChangeReason */
export const ConnectDomainEventDiskChangeReason = {
  CHANGE_MISSING_ON_START: 0,
  DROP_MISSING_ON_START: 1,
} as const;
export type ConnectDomainEventDiskChangeReason =
  (typeof ConnectDomainEventDiskChangeReason)[keyof typeof ConnectDomainEventDiskChangeReason];

/** virDomainEventTrayChangeReason */
export const DomainEventTrayChangeReason = {
  OPEN: 0,
  CLOSE: 1,
} as const;
export type DomainEventTrayChangeReason =
  (typeof DomainEventTrayChangeReason)[keyof typeof DomainEventTrayChangeReason];

/** virConnectDomainEventAgentLifecycleState */
export const ConnectDomainEventAgentLifecycleState = {
  CONNECTED: 1,
  DISCONNECTED: 2,
} as const;
export type ConnectDomainEventAgentLifecycleState =
  (typeof ConnectDomainEventAgentLifecycleState)[keyof typeof ConnectDomainEventAgentLifecycleState];

/** virConnectDomainEventAgentLifecycleReason */
export const ConnectDomainEventAgentLifecycleReason = {
  UNKNOWN: 0,
  DOMAIN_STARTED: 1,
  CHANNEL: 2,
} as const;
export type ConnectDomainEventAgentLifecycleReason =
  (typeof ConnectDomainEventAgentLifecycleReason)[keyof typeof ConnectDomainEventAgentLifecycleReason];

/** virDomainEventID */
export const DomainEventID = {
  LIFECYCLE: 0,
  REBOOT: 1,
  RTC_CHANGE: 2,
  WATCHDOG: 3,
  IO_ERROR: 4,
  GRAPHICS: 5,
  IO_ERROR_REASON: 6,
  CONTROL_ERROR: 7,
  BLOCK_JOB: 8,
  DISK_CHANGE: 9,
  TRAY_CHANGE: 10,
  PMWAKEUP: 11,
  PMSUSPEND: 12,
  BALLOON_CHANGE: 13,
  PMSUSPEND_DISK: 14,
  DEVICE_REMOVED: 15,
  BLOCK_JOB_2: 16,
  TUNABLE: 17,
  AGENT_LIFECYCLE: 18,
  DEVICE_ADDED: 19,
  MIGRATION_ITERATION: 20,
  JOB_COMPLETED: 21,
  DEVICE_REMOVAL_FAILED: 22,
  METADATA_CHANGE: 23,
  BLOCK_THRESHOLD: 24,
  MEMORY_FAILURE: 25,
  MEMORY_DEVICE_SIZE_CHANGE: 26,
} as const;
export type DomainEventID = (typeof DomainEventID)[keyof typeof DomainEventID];

/** virDomainConsoleFlags: bits, or them together */
export const DomainConsoleFlags = {
  FORCE: 1,
  SAFE: 2,
} as const;

/** virDomainChannelFlags: bits, or them together */
export const DomainChannelFlags = {
  DOMAIN_CHANNEL_FORCE: 1,
} as const;

/** virDomainOpenGraphicsFlags: bits, or them together */
export const DomainOpenGraphicsFlags = {
  DOMAIN_OPEN_GRAPHICS_SKIPAUTH: 1,
} as const;

/** virDomainSetTimeFlags: bits, or them together */
export const DomainSetTimeFlags = {
  DOMAIN_TIME_SYNC: 1,
} as const;

/** virSchedParameterType */
export const SchedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type SchedParameterType = (typeof SchedParameterType)[keyof typeof SchedParameterType];

/** virBlkioParameterType */
export const BlkioParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type BlkioParameterType = (typeof BlkioParameterType)[keyof typeof BlkioParameterType];

/** virMemoryParameterType */
export const MemoryParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type MemoryParameterType = (typeof MemoryParameterType)[keyof typeof MemoryParameterType];

/** virDomainInterfaceAddressesSource */
export const DomainInterfaceAddressesSource = {
  LEASE: 0,
  AGENT: 1,
  ARP: 2,
} as const;
export type DomainInterfaceAddressesSource =
  (typeof DomainInterfaceAddressesSource)[keyof typeof DomainInterfaceAddressesSource];

/** virDomainSetUserPasswordFlags: bits, or them together */
export const DomainSetUserPasswordFlags = {
  DOMAIN_PASSWORD_ENCRYPTED: 1,
} as const;

/** virDomainLifecycle */
export const DomainLifecycle = {
  POWEROFF: 0,
  REBOOT: 1,
  CRASH: 2,
} as const;
export type DomainLifecycle = (typeof DomainLifecycle)[keyof typeof DomainLifecycle];

/** virDomainLifecycleAction */
export const DomainLifecycleAction = {
  DESTROY: 0,
  RESTART: 1,
  RESTART_RENAME: 2,
  PRESERVE: 3,
  COREDUMP_DESTROY: 4,
  COREDUMP_RESTART: 5,
} as const;
export type DomainLifecycleAction = (typeof DomainLifecycleAction)[keyof typeof DomainLifecycleAction];

/** virDomainGuestInfoTypes: bits, or them together */
export const DomainGuestInfoTypes = {
  USERS: 1,
  OS: 2,
  TIMEZONE: 4,
  HOSTNAME: 8,
  FILESYSTEM: 16,
  DISKS: 32,
  INTERFACES: 64,
} as const;

/** virDomainAgentResponseTimeoutValues */
export const DomainAgentResponseTimeoutValues = {
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
} as const;
export type DomainAgentResponseTimeoutValues =
  (typeof DomainAgentResponseTimeoutValues)[keyof typeof DomainAgentResponseTimeoutValues];

/** virDomainBackupBeginFlags: bits, or them together */
export const DomainBackupBeginFlags = {
  DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL: 1,
} as const;

/** virDomainAuthorizedSSHKeysSetFlags: bits, or them together */
export const DomainAuthorizedSSHKeysSetFlags = {
  APPEND: 1,
  REMOVE: 2,
} as const;

/** virDomainMessageType: bits, or them together */
export const DomainMessageType = {
  DEPRECATION: 1,
  TAINTING: 2,
} as const;

/** virDomainDirtyRateStatus */
export const DomainDirtyRateStatus = {
  UNSTARTED: 0,
  MEASURING: 1,
  MEASURED: 2,
} as const;
export type DomainDirtyRateStatus = (typeof DomainDirtyRateStatus)[keyof typeof DomainDirtyRateStatus];

/** virDomainDirtyRateCalcFlags: bits, or them together */
export const DomainDirtyRateCalcFlags = {
  PAGE_SAMPLING: 0,
  DIRTY_BITMAP: 1,
  DIRTY_RING: 2,
} as const;

/** virDomainFDAssociateFlags: bits, or them together */
export const DomainFDAssociateFlags = {
  RESTORE: 1,
  WRITABLE: 2,
} as const;

/** virDomainCheckpointCreateFlags: bits, or them together */
export const DomainCheckpointCreateFlags = {
  REDEFINE: 1,
  QUIESCE: 2,
  REDEFINE_VALIDATE: 4,
} as const;

/** virDomainCheckpointXMLFlags: bits, or them together */
export const DomainCheckpointXMLFlags = {
  SECURE: 1,
  NO_DOMAIN: 2,
  SIZE: 4,
} as const;

/** virDomainCheckpointListFlags: bits, or them together */
export const DomainCheckpointListFlags = {
  ROOTS: 1,
  DESCENDANTS: 1,
  TOPOLOGICAL: 2,
  LEAVES: 4,
  NO_LEAVES: 8,
} as const;

/** virDomainCheckpointDeleteFlags: bits, or them together */
export const DomainCheckpointDeleteFlags = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;

/** virDomainSnapshotCreateFlags: bits, or them together */
export const DomainSnapshotCreateFlags = {
  REDEFINE: 1,
  CURRENT: 2,
  NO_METADATA: 4,
  HALT: 8,
  DISK_ONLY: 16,
  REUSE_EXT: 32,
  QUIESCE: 64,
  ATOMIC: 128,
  LIVE: 256,
  VALIDATE: 512,
} as const;

/** virDomainSnapshotXMLFlags: bits, or them together */
export const DomainSnapshotXMLFlags = {
  DOMAIN_SNAPSHOT_XML_SECURE: 1,
} as const;

/** virDomainSnapshotListFlags: bits, or them together */
export const DomainSnapshotListFlags = {
  ROOTS: 1,
  DESCENDANTS: 1,
  LEAVES: 4,
  NO_LEAVES: 8,
  METADATA: 2,
  NO_METADATA: 16,
  INACTIVE: 32,
  ACTIVE: 64,
  DISK_ONLY: 128,
  INTERNAL: 256,
  EXTERNAL: 512,
  TOPOLOGICAL: 1024,
} as const;

/** virDomainSnapshotRevertFlags: bits, or them together */
export const DomainSnapshotRevertFlags = {
  RUNNING: 1,
  PAUSED: 2,
  FORCE: 4,
  RESET_NVRAM: 8,
} as const;

/** virDomainSnapshotDeleteFlags: bits, or them together */
export const DomainSnapshotDeleteFlags = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;

/** virConnectListAllInterfacesFlags: bits, or them together */
export const ConnectListAllInterfacesFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
} as const;

/** virInterfaceXMLFlags: bits, or them together */
export const InterfaceXMLFlags = {
  INTERFACE_XML_INACTIVE: 1,
} as const;

/** virInterfaceDefineFlags: bits, or them together */
export const InterfaceDefineFlags = {
  INTERFACE_DEFINE_VALIDATE: 1,
} as const;

/** virNetworkXMLFlags: bits, or them together */
export const NetworkXMLFlags = {
  NETWORK_XML_INACTIVE: 1,
} as const;

/** virConnectListAllNetworksFlags: bits, or them together */
export const ConnectListAllNetworksFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
} as const;

/** virNetworkCreateFlags: bits, or them together */
export const NetworkCreateFlags = {
  NETWORK_CREATE_VALIDATE: 1,
} as const;

/** virNetworkDefineFlags: bits, or them together */
export const NetworkDefineFlags = {
  NETWORK_DEFINE_VALIDATE: 1,
} as const;

/** virNetworkUpdateCommand */
export const NetworkUpdateCommand = {
  NONE: 0,
  MODIFY: 1,
  DELETE: 2,
  ADD_LAST: 3,
  ADD_FIRST: 4,
} as const;
export type NetworkUpdateCommand = (typeof NetworkUpdateCommand)[keyof typeof NetworkUpdateCommand];

/** virNetworkUpdateSection */
export const NetworkUpdateSection = {
  NONE: 0,
  BRIDGE: 1,
  DOMAIN: 2,
  IP: 3,
  IP_DHCP_HOST: 4,
  IP_DHCP_RANGE: 5,
  FORWARD: 6,
  FORWARD_INTERFACE: 7,
  FORWARD_PF: 8,
  PORTGROUP: 9,
  DNS_HOST: 10,
  DNS_TXT: 11,
  DNS_SRV: 12,
} as const;
export type NetworkUpdateSection = (typeof NetworkUpdateSection)[keyof typeof NetworkUpdateSection];

/** virNetworkUpdateFlags: bits, or them together */
export const NetworkUpdateFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
} as const;

/** virNetworkEventLifecycleType */
export const NetworkEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
} as const;
export type NetworkEventLifecycleType = (typeof NetworkEventLifecycleType)[keyof typeof NetworkEventLifecycleType];

/** virNetworkEventID */
export const NetworkEventID = {
  NETWORK_EVENT_ID_LIFECYCLE: 0,
  NETWORK_EVENT_ID_METADATA_CHANGE: 1,
} as const;
export type NetworkEventID = (typeof NetworkEventID)[keyof typeof NetworkEventID];

/** virIPAddrType */
export const IPAddrType = {
  IPV4: 0,
  IPV6: 1,
} as const;
export type IPAddrType = (typeof IPAddrType)[keyof typeof IPAddrType];

/** virNetworkPortCreateFlags: bits, or them together */
export const NetworkPortCreateFlags = {
  RECLAIM: 1,
  VALIDATE: 2,
} as const;

/** virConnectListAllNodeDeviceFlags: bits, or them together */
export const ConnectListAllNodeDeviceFlags = {
  CAP_SYSTEM: 1,
  CAP_PCI_DEV: 2,
  CAP_USB_DEV: 4,
  CAP_USB_INTERFACE: 8,
  CAP_NET: 16,
  CAP_SCSI_HOST: 32,
  CAP_SCSI_TARGET: 64,
  CAP_SCSI: 128,
  CAP_STORAGE: 256,
  CAP_FC_HOST: 512,
  CAP_VPORTS: 1024,
  CAP_SCSI_GENERIC: 2048,
  CAP_DRM: 4096,
  CAP_MDEV_TYPES: 8192,
  CAP_MDEV: 16384,
  CAP_CCW_DEV: 32768,
  CAP_CSS_DEV: 65536,
  CAP_VDPA: 131072,
  CAP_AP_CARD: 262144,
  CAP_AP_QUEUE: 524288,
  CAP_AP_MATRIX: 1048576,
  CAP_VPD: 2097152,
  INACTIVE: 1073741824,
  ACTIVE: 2147483648,
} as const;

/** virNodeDeviceCreateXMLFlags: bits, or them together */
export const NodeDeviceCreateXMLFlags = {
  NODE_DEVICE_CREATE_XML_VALIDATE: 1,
} as const;

/** virNodeDeviceDefineXMLFlags: bits, or them together */
export const NodeDeviceDefineXMLFlags = {
  NODE_DEVICE_DEFINE_XML_VALIDATE: 1,
} as const;

/** virNodeDeviceEventID */
export const NodeDeviceEventID = {
  LIFECYCLE: 0,
  UPDATE: 1,
} as const;
export type NodeDeviceEventID = (typeof NodeDeviceEventID)[keyof typeof NodeDeviceEventID];

/** virNodeDeviceEventLifecycleType */
export const NodeDeviceEventLifecycleType = {
  CREATED: 0,
  DELETED: 1,
  DEFINED: 2,
  UNDEFINED: 3,
} as const;
export type NodeDeviceEventLifecycleType =
  (typeof NodeDeviceEventLifecycleType)[keyof typeof NodeDeviceEventLifecycleType];

/** virNWFilterDefineFlags: bits, or them together */
export const NWFilterDefineFlags = {
  NWFILTER_DEFINE_VALIDATE: 1,
} as const;

/** virNWFilterBindingCreateFlags: bits, or them together */
export const NWFilterBindingCreateFlags = {
  NWFILTER_BINDING_CREATE_VALIDATE: 1,
} as const;

/** virSecretUsageType */
export const SecretUsageType = {
  NONE: 0,
  VOLUME: 1,
  CEPH: 2,
  ISCSI: 3,
  TLS: 4,
  VTPM: 5,
} as const;
export type SecretUsageType = (typeof SecretUsageType)[keyof typeof SecretUsageType];

/** virConnectListAllSecretsFlags: bits, or them together */
export const ConnectListAllSecretsFlags = {
  EPHEMERAL: 1,
  NO_EPHEMERAL: 2,
  PRIVATE: 4,
  NO_PRIVATE: 8,
} as const;

/** virSecretDefineFlags: bits, or them together */
export const SecretDefineFlags = {
  SECRET_DEFINE_VALIDATE: 1,
} as const;

/** virSecretEventID */
export const SecretEventID = {
  LIFECYCLE: 0,
  VALUE_CHANGED: 1,
} as const;
export type SecretEventID = (typeof SecretEventID)[keyof typeof SecretEventID];

/** virSecretEventLifecycleType */
export const SecretEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
} as const;
export type SecretEventLifecycleType = (typeof SecretEventLifecycleType)[keyof typeof SecretEventLifecycleType];

/** virStoragePoolState */
export const StoragePoolState = {
  INACTIVE: 0,
  BUILDING: 1,
  RUNNING: 2,
  DEGRADED: 3,
  INACCESSIBLE: 4,
} as const;
export type StoragePoolState = (typeof StoragePoolState)[keyof typeof StoragePoolState];

/** virStoragePoolBuildFlags: bits, or them together */
export const StoragePoolBuildFlags = {
  NEW: 0,
  REPAIR: 1,
  RESIZE: 2,
  NO_OVERWRITE: 4,
  OVERWRITE: 8,
} as const;

/** virStoragePoolDeleteFlags: bits, or them together */
export const StoragePoolDeleteFlags = {
  NORMAL: 0,
  ZEROED: 1,
} as const;

/** virStoragePoolCreateFlags: bits, or them together */
export const StoragePoolCreateFlags = {
  NORMAL: 0,
  WITH_BUILD: 1,
  WITH_BUILD_OVERWRITE: 2,
  WITH_BUILD_NO_OVERWRITE: 4,
} as const;

/** virStorageVolType */
export const StorageVolType = {
  FILE: 0,
  BLOCK: 1,
  DIR: 2,
  NETWORK: 3,
  NETDIR: 4,
  PLOOP: 5,
} as const;
export type StorageVolType = (typeof StorageVolType)[keyof typeof StorageVolType];

/** virStorageVolDeleteFlags: bits, or them together */
export const StorageVolDeleteFlags = {
  NORMAL: 0,
  ZEROED: 1,
  WITH_SNAPSHOTS: 2,
} as const;

/** virStorageVolWipeAlgorithm */
export const StorageVolWipeAlgorithm = {
  ZERO: 0,
  NNSA: 1,
  DOD: 2,
  BSI: 3,
  GUTMANN: 4,
  SCHNEIER: 5,
  PFITZNER7: 6,
  PFITZNER33: 7,
  RANDOM: 8,
  TRIM: 9,
} as const;
export type StorageVolWipeAlgorithm = (typeof StorageVolWipeAlgorithm)[keyof typeof StorageVolWipeAlgorithm];

/** virStorageVolInfoFlags: bits, or them together */
export const StorageVolInfoFlags = {
  USE_ALLOCATION: 0,
  GET_PHYSICAL: 1,
} as const;

/** virStorageXMLFlags: bits, or them together */
export const StorageXMLFlags = {
  STORAGE_XML_INACTIVE: 1,
} as const;

/** virConnectListAllStoragePoolsFlags: bits, or them together */
export const ConnectListAllStoragePoolsFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
  DIR: 64,
  FS: 128,
  NETFS: 256,
  LOGICAL: 512,
  DISK: 1024,
  ISCSI: 2048,
  SCSI: 4096,
  MPATH: 8192,
  RBD: 16384,
  SHEEPDOG: 32768,
  GLUSTER: 65536,
  ZFS: 131072,
  VSTORAGE: 262144,
  ISCSI_DIRECT: 524288,
} as const;

/** virStoragePoolDefineFlags: bits, or them together */
export const StoragePoolDefineFlags = {
  STORAGE_POOL_DEFINE_VALIDATE: 1,
} as const;

/** virStorageVolCreateFlags: bits, or them together */
export const StorageVolCreateFlags = {
  PREALLOC_METADATA: 1,
  REFLINK: 2,
  VALIDATE: 4,
} as const;

/** virStorageVolDownloadFlags: bits, or them together */
export const StorageVolDownloadFlags = {
  STORAGE_VOL_DOWNLOAD_SPARSE_STREAM: 1,
} as const;

/** virStorageVolUploadFlags: bits, or them together */
export const StorageVolUploadFlags = {
  STORAGE_VOL_UPLOAD_SPARSE_STREAM: 1,
} as const;

/** virStorageVolResizeFlags: bits, or them together */
export const StorageVolResizeFlags = {
  ALLOCATE: 1,
  DELTA: 2,
  SHRINK: 4,
} as const;

/** virStoragePoolEventID */
export const StoragePoolEventID = {
  LIFECYCLE: 0,
  REFRESH: 1,
} as const;
export type StoragePoolEventID = (typeof StoragePoolEventID)[keyof typeof StoragePoolEventID];

/** virStoragePoolEventLifecycleType */
export const StoragePoolEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
  CREATED: 4,
  DELETED: 5,
} as const;
export type StoragePoolEventLifecycleType =
  (typeof StoragePoolEventLifecycleType)[keyof typeof StoragePoolEventLifecycleType];

/** virDomainQemuMonitorCommandFlags: bits, or them together */
export const DomainQemuMonitorCommandFlags = {
  DEFAULT: 0,
  HMP: 1,
} as const;

/** virDomainQemuAgentCommandTimeoutValues */
export const DomainQemuAgentCommandTimeoutValues = {
  MIN: -2,
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
  SHUTDOWN: 60,
} as const;
export type DomainQemuAgentCommandTimeoutValues =
  (typeof DomainQemuAgentCommandTimeoutValues)[keyof typeof DomainQemuAgentCommandTimeoutValues];

/** virConnectDomainQemuMonitorEventRegisterFlags: bits, or them together */
export const ConnectDomainQemuMonitorEventRegisterFlags = {
  REGEX: 1,
  NOCASE: 2,
} as const;

/** virClientTransport */
export const ClientTransport = {
  UNIX: 0,
  TCP: 1,
  TLS: 2,
} as const;
export type ClientTransport = (typeof ClientTransport)[keyof typeof ClientTransport];

/** What CONNECT_SUPPORTS_FEATURE asks for (libvirt's internal virDrvFeature, part of the wire). */
export const DriverFeature = {
  MIGRATION_V1: 1,
  REMOTE: 2,
  MIGRATION_V2: 3,
  MIGRATION_P2P: 4,
  MIGRATION_DIRECT: 5,
  MIGRATION_V3: 6,
  MIGRATE_CHANGE_PROTECTION: 7,
  FD_PASSING: 8,
  TYPED_PARAM_STRING: 9,
  PROGRAM_KEEPALIVE: 10,
  XML_MIGRATABLE: 11,
  MIGRATION_OFFLINE: 12,
  MIGRATION_PARAMS: 13,
  REMOTE_EVENT_CALLBACK: 14,
  REMOTE_CLOSE_CALLBACK: 15,
  NETWORK_UPDATE_HAS_CORRECT_ORDER: 16,
} as const;

/** Bounds and special values of the public API. Memory is in KiB. */
export const Limit = {
  SECURITY_LABEL_BUFLEN: 4097,
  SECURITY_MODEL_BUFLEN: 257,
  SECURITY_DOI_BUFLEN: 257,
  UUID_BUFLEN: 16,
  UUID_STRING_BUFLEN: 37,
  DOMAIN_MEMORY_PARAM_UNLIMITED: 9007199254740991n,
  DOMAIN_SEND_KEY_MAX_KEYS: 16,
} as const;
