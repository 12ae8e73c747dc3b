import { errors } from '../../contract/error.ts';
import { tag, textTag, type DomainDocument } from './document.ts';
import { kibibytes, sizeInBytes, UNLIMITED, wholeNumber } from './sizes.ts';
import { normalBitmap } from '../../xml/bitmap.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** The limits of one container while its lines are read; memory in KiB. */
export class Limits {
  #memory: bigint | null = null;
  #soft: bigint | null = null;
  /** Memory and swap together; v2 counts swap alone. */
  #memoryAndSwap: bigint | null = null;
  #swapAlone: bigint | null = null;
  #cpus: string | null = null;
  #nodes: string | null = null;
  readonly #cpu = new Map<'shares' | 'period' | 'quota', bigint>();
  #weight: bigint | null = null;
  /** By major:minor. */
  readonly #devices = new Map<string, XmlElement[]>();

  readonly #keys: Readonly<Record<string, (value: string) => void>> = {
    'cpu.shares': value => this.#cpu.set('shares', wholeNumber(value)),
    'cpu.cfs_period_us': value => this.#cpu.set('period', wholeNumber(value)),
    'cpu.cfs_quota_us': value => this.#cpu.set('quota', value === '-1' ? -1n : wholeNumber(value)),
    'cpu.max': value => this.#readCpuMax(value),
    'cpuset.cpus': value => (this.#cpus = normalBitmap(value)),
    'cpuset.mems': value => (this.#nodes = normalBitmap(value)),
    'memory.limit_in_bytes': value => (this.#memory = memoryOf(value)),
    'memory.max': value => (this.#memory = memoryOf(value)),
    'memory.soft_limit_in_bytes': value => (this.#soft = memoryOf(value)),
    'memory.memsw.limit_in_bytes': value => (this.#memoryAndSwap = memoryOf(value)),
    'memory.swap.max': value => (this.#swapAlone = memoryOf(value)),
    'blkio.weight': value => (this.#weight = wholeNumber(value)),
    'blkio.device_weight': value => this.#readDevice('weight', 'device_weight', value),
    'blkio.throttle.read_bps_device': value => this.#readDevice('read_bytes_sec', 'read_bps_device', value),
    'blkio.throttle.write_bps_device': value => this.#readDevice('write_bytes_sec', 'write_bps_device', value),
    'blkio.throttle.read_iops_device': value => this.#readDevice('read_iops_sec', 'read_iops_device', value),
    'blkio.throttle.write_iops_device': value => this.#readDevice('write_iops_sec', 'write_iops_device', value),
  };

  /** Reads a value of one of the kernel's cgroup files; whether it is a limit that a domain has too. */
  read(file: string, value: string): boolean {
    if (!Object.hasOwn(this.#keys, file)) return false;
    this.#keys[file]?.(value);
    return true;
  }

  /** `memory` in KiB: the domain's, where nothing limits it. */
  addTo(document: DomainDocument, memory: bigint): void {
    document.add('domain', textTag('memory', this.#memory ?? memory));
    const limits: [string, bigint | null][] = [
      ['hard_limit', this.#memory],
      ['soft_limit', this.#soft],
      ['swap_hard_limit', this.#swap()],
    ];
    document.add('memtune', ...limits.map(([name, value]) => withinLimit(name, value)));
    document.add('domain', tag('vcpu', { placement: 'static', cpuset: this.#cpus }, '1'));
    document.add('cputune', ...[...this.#cpu].map(([name, value]) => textTag(name, value)));
    if (this.#nodes !== null)
      document.add('domain', tag('numatune', {}, tag('memory', { mode: 'strict', nodeset: this.#nodes })));
    document.add('blkiotune', textTag('weight', this.#weight));
    for (const [number, settings] of this.#devices)
      document.add('blkiotune', tag('device', {}, tag('path', {}, `/dev/block/${number}`), ...settings));
  }

  #swap(): bigint | null {
    if (this.#swapAlone === null || this.#memory === null) return this.#memoryAndSwap;
    return this.#memory + this.#swapAlone;
  }

  #readCpuMax(value: string): void {
    const [quota = '', period] = value.split(/\s+/);
    if (quota !== 'max') this.#cpu.set('quota', wholeNumber(quota));
    if (period !== undefined) this.#cpu.set('period', wholeNumber(period));
  }

  #readDevice(element: string, file: string, value: string): void {
    const match = /^(\d{1,7}:\d{1,7})\s+(\d{1,19})$/.exec(value);
    if (match === null) throw errors.internalError(`invalid lxc.cgroup.blkio.${file} value: '${value}'`);
    const [, number = '', limit = ''] = match;
    this.#devices.set(number, [...(this.#devices.get(number) ?? []), tag(element, {}, limit)]);
  }
}

const withinLimit = (name: string, value: bigint | null): XmlElement | null =>
  value === null || value >= UNLIMITED ? null : tag(name, { unit: 'KiB' }, String(value));

/** KiB; "-1" and "max" are without limit. */
const memoryOf = (value: string): bigint =>
  value === '-1' || value === 'max' ? UNLIMITED : kibibytes(sizeInBytes(value));
