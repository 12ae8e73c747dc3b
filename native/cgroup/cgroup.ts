/**
 * One container's cgroup, the same on v1, v2 and hybrid hosts. Figures are in the public API's units: bytes for
 * memory, nanoseconds for time. Unlimited is null. A controller that the host lacks makes a getter return null and a
 * setter throw CgroupUnavailable with the controller's name.
 */
export type Controller = 'cpu' | 'cpuacct' | 'cpuset' | 'memory' | 'devices' | 'freezer' | 'blkio' | 'pids';

/** The host's kernel lacks a controller, or the file of it that would be needed. */
export class CgroupUnavailable extends Error {
  override readonly name = 'CgroupUnavailable';
  readonly controller: Controller;

  constructor(controller: Controller) {
    super(`the cgroup controller '${controller}' is not available`);
    this.controller = controller;
  }
}

export interface DeviceRule {
  readonly kind: 'char' | 'block' | 'all';
  /** null is every number. */
  readonly major: number | null;
  readonly minor: number | null;
  /** A subset of "rwm". */
  readonly access: string;
}

export interface BlkioDeviceLimit {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  readonly weight: number | null;
  readonly readIopsSec: number | null;
  readonly writeIopsSec: number | null;
  readonly readBytesSec: bigint | null;
  readonly writeBytesSec: bigint | null;
}

export interface MemoryFigures {
  readonly usage: bigint;
  readonly limit: bigint | null;
  readonly softLimit: bigint | null;
  readonly swapLimit: bigint | null;
  /** v1: memory and swap together; v2: swap alone. */
  readonly swapUsage: bigint | null;
}

/** Nanoseconds. */
export interface CpuFigures {
  readonly total: bigint;
  readonly user: bigint;
  readonly system: bigint;
  /** Per CPU; null where the kernel keeps none (v2). */
  readonly each: readonly bigint[] | null;
}

/** What of its memory a container uses, and for what. */
export interface MemoryUse {
  readonly usage: bigint;
  readonly limit: bigint | null;
  /** Of `usage`: copies of files, which the kernel gives up when memory is short. */
  readonly caches: bigint;
  readonly majorFaults: bigint;
  readonly minorFaults: bigint;
}

/** What processes had to wait for. */
export type Resource = 'cpu' | 'memory' | 'io';

/** Time in which some, or all, of the processes that wanted to run had to wait. */
export interface PressureFigures {
  readonly some: Stall;
  readonly full: Stall;
}

export interface Stall {
  /** Per cent of the last ten seconds. */
  readonly recent: number;
  /** Nanoseconds since the start. */
  readonly total: bigint;
}

/** How a control file is read: null when it does not exist. */
export type ReadControl = (directory: string, file: string) => string | null;

export interface BlockFigures {
  readonly readRequests: bigint;
  readonly readBytes: bigint;
  readonly writeRequests: bigint;
  readonly writeBytes: bigint;
}

export interface Cgroup {
  readonly layout: 'v1' | 'v2' | 'hybrid';
  /** Below every hierarchy's mount point; with it `openCgroup` finds the cgroup again. */
  readonly path: string;
  has(controller: Controller): boolean;
  /** Where a controller keeps its files; null when the host lacks it. */
  place(controller: Controller): { readonly version: 1 | 2; readonly directory: string } | null;

  /** What init writes "0" into before anything else (v1: one `tasks` per hierarchy), and the v2 directory to be cloned into. */
  readonly entry: { readonly taskFiles: readonly string[]; readonly unifiedDirectory: string | null };
  /** Directories to remove when the container is gone, each with the cgroups that the container made in it. */
  readonly directories: readonly string[];

  setCpuShares(shares: bigint): void;
  /**
   * v2 keeps a coarser weight: the answer is `asked` where setting that would change nothing, else what comes closest to
   * the weight.
   */
  cpuShares(asked?: bigint | null): bigint | null;
  /** Microseconds; quota null is without limit. */
  setCpuPeriod(period: bigint): void;
  setCpuQuota(quota: bigint | null): void;
  cpuPeriod(): bigint | null;
  cpuQuota(): bigint | null;
  /** Lists as "0-3,5"; null is every CPU, or node, that the partition has. */
  setCpus(list: string | null): void;
  setMemoryNodes(list: string | null): void;
  /** The same for a cgroup in use, with what is in its memory already. Off the event loop: the kernel copies it first. */
  moveMemory(list: string | null): Promise<void>;
  /** What its processes may use: never empty. */
  cpus(): string | null;
  memoryNodes(): string | null;
  setMemoryLimit(bytes: bigint | null): void;
  setMemorySoftLimit(bytes: bigint | null): void;
  /** Memory and swap together, as v1 counts it; v2's memory.swap.max is derived from it. */
  setSwapLimit(bytes: bigint | null): void;
  /** These two off the event loop, for a cgroup in use: before it answers, the kernel takes memory away from it. */
  resizeMemoryLimit(bytes: bigint | null): Promise<void>;
  resizeSwapLimit(bytes: bigint | null): Promise<void>;
  setPidsMax(count: number | null): void;
  setBlkioWeight(weight: number): void;
  blkioWeight(): number | null;
  setBlkioDevice(limit: BlkioDeviceLimit): void;
  /**
   * Has the kernel count what is read from and written to a device. Kernels with v1 begin to with the first limit that a
   * device is given by anybody, which takes them some ms.
   */
  countBlockDevice(major: number, minor: number): Promise<void>;
  /** Denies everything, then allows these. On v2 a BPF program that replaces the one before. */
  setDevices(rules: readonly DeviceRule[]): void;

  freeze(): Promise<void>;
  thaw(): Promise<void>;
  frozen(): boolean;
  /** SIGKILL to every process in it, also frozen ones; resolves when it is empty (or after `timeout` ms rejects). */
  kill(timeout: number): Promise<void>;

  // Those with `read` are asked of many containers at once: it may be quicker than opening each file anew.
  /** Nanoseconds; `cpu().total` at a part of its cost. */
  cpuTime(read?: ReadControl): bigint | null;
  cpu(read?: ReadControl): CpuFigures | null;
  memoryUse(read?: ReadControl): MemoryUse | null;
  /** By "major:minor". */
  blocks(read?: ReadControl): ReadonlyMap<string, BlockFigures> | null;
  /** Null on v1 alone, or where the kernel does not keep it. */
  pressure(resource: Resource, read?: ReadControl): PressureFigures | null;
  /** Processes and threads. */
  pids(read?: ReadControl): number | null;
  memory(): MemoryFigures | null;
  /** Bytes; `memory().usage` at a fifth of its cost. */
  memoryUsage(): bigint | null;
  block(): BlockFigures | null;
  processes(): number[];
  remove(): void;
}
