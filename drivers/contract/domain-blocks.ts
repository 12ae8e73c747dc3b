import type { DomainRef, TypedParameter } from './domain.ts';

/** virDomainBlockInfo, in bytes. */
export interface BlockInfo {
  /** What the domain sees. */
  readonly capacity: bigint;
  /** What of it takes room on the host. */
  readonly allocation: bigint;
  /** The size of the file or device of the host. */
  readonly physical: bigint;
}

/** A disk that had an error; `error` is one of DomainDiskErrorCode. */
export interface DiskError {
  readonly disk: string;
  readonly error: number;
}

/** The disks of domains. A disk is named by its target or its source. */
export interface DomainBlocks {
  /** The rates "total_bytes_sec", …, "write_iops_sec" of a disk; 0 is without limit. A null disk is any: what matters is how many there are. */
  domainGetBlockIoTune(domain: DomainRef, disk: string | null, flags: number): Promise<TypedParameter[]>;
  domainSetBlockIoTune(
    domain: DomainRef,
    disk: string,
    params: readonly TypedParameter[],
    flags: number,
  ): Promise<void>;
  domainGetBlockInfo(domain: DomainRef, path: string, flags: number): Promise<BlockInfo>;
  /** KiB, or with BYTES bytes: at once, also for who has the disk open. What is on it is the caller's affair. */
  domainBlockResize(domain: DomainRef, disk: string, size: bigint, flags: number): Promise<void>;
  domainGetDiskErrors(domain: DomainRef, flags: number): Promise<DiskError[]>;
}
