import { dirname } from 'node:path';
import {
  CgroupUnavailable,
  type BlkioDeviceLimit,
  type BlockFigures,
  type Cgroup,
  type Controller,
  type CpuFigures,
  type DeviceRule,
  type MemoryFigures,
  type MemoryUse,
  type PressureFigures,
  type ReadControl,
  type Resource,
} from './cgroup.ts';
import { memoryAndSwap, swapOnly } from './conversions.ts';
import { setUnifiedDevices } from './device-program.ts';
import { setLegacyDevices } from './device-rules.ts';
import { figures, sumBlocks, type Figure } from './figures.ts';
import { parsePressure } from './pressure.ts';
import { ignoring, readControl, writeControl, writeControlInBackground } from './file.ts';
import { freeze, isFrozen, thaw } from './freezer.ts';
import { killAll } from './kill.ts';
import { limits, type Limit } from './limits.ts';
import type { ControllerDirectory, Location } from './location.ts';
import { setThrottles, startCounting } from './throttles.ts';
import { processesBelow, removeTree } from './tree.ts';

/** Directory, file, text. */
type Write = readonly [string, string, string];

/** A cgroup that exists; see createCgroup and openCgroup. Keeps nothing but its place: every answer is the kernel's. */
export class ControlGroup implements Cgroup {
  readonly layout: Cgroup['layout'];
  readonly path: string;
  readonly entry: Cgroup['entry'];
  readonly directories: readonly string[];
  readonly #location: Location;

  constructor(location: Location) {
    this.#location = location;
    this.layout = location.layout;
    this.path = location.path;
    const own = location.all.map(({ directory }) => directory);
    this.directories = [...own, ...location.scopes];
    this.entry = {
      taskFiles: own.filter(directory => directory !== location.unified).map(directory => `${directory}/tasks`),
      unifiedDirectory: location.unified,
    };
  }

  place(controller: Controller): ControllerDirectory | null {
    return this.#location.controllers.get(controller) ?? null;
  }
  has(controller: Controller): boolean {
    return this.#location.controllers.has(controller);
  }

  setCpuShares(shares: bigint): void {
    this.#set(limits.cpuShares, shares);
  }
  cpuShares(asked: bigint | null = null): bigint | null {
    const shares = this.#get(limits.cpuShares);
    if (asked === null || shares === null) return shares;
    const { format } = limits.cpuShares[this.#at('cpu').version === 1 ? 'v1' : 'v2'];
    return format(asked, '') === format(shares, '') ? asked : shares;
  }
  setCpuPeriod(period: bigint): void {
    this.#set(limits.cpuPeriod, period);
  }
  setCpuQuota(quota: bigint | null): void {
    this.#set(limits.cpuQuota, quota);
  }
  cpuPeriod(): bigint | null {
    return this.#get(limits.cpuPeriod);
  }
  cpuQuota(): bigint | null {
    return this.#get(limits.cpuQuota);
  }
  setCpus(list: string | null): void {
    this.#set(limits.cpus, list ?? this.#everywhere(limits.cpus));
  }
  setMemoryNodes(list: string | null): void {
    this.#set(limits.memoryNodes, list ?? this.#everywhere(limits.memoryNodes));
  }
  async moveMemory(list: string | null): Promise<void> {
    const { version, directory } = this.#at('cpuset');
    // v2 always does
    if (version === 1) writeControl(directory, 'cpuset.memory_migrate', '1');
    const nodes = list ?? this.#everywhere(limits.memoryNodes);
    await writeControlInBackground(...this.#write(limits.memoryNodes, nodes));
  }
  cpus(): string | null {
    return this.#get(limits.cpusInUse);
  }
  memoryNodes(): string | null {
    return this.#get(limits.memoryNodesInUse);
  }

  setMemoryLimit(bytes: bigint | null): void {
    for (const write of this.#memoryLimit(bytes)) writeControl(...write);
  }
  setMemorySoftLimit(bytes: bigint | null): void {
    this.#set(limits.memorySoft, bytes);
  }
  setSwapLimit(bytes: bigint | null): void {
    writeControl(...this.#swapLimit(bytes));
  }
  async resizeMemoryLimit(bytes: bigint | null): Promise<void> {
    for (const write of this.#memoryLimit(bytes)) await writeControlInBackground(...write);
  }
  async resizeSwapLimit(bytes: bigint | null): Promise<void> {
    await writeControlInBackground(...this.#swapLimit(bytes));
  }
  setPidsMax(count: number | null): void {
    this.#set(limits.pids, count);
  }

  setBlkioWeight(weight: number): void {
    this.#set(limits.blkioWeight, weight);
  }
  blkioWeight(): number | null {
    return this.#get(limits.blkioWeight);
  }
  setBlkioDevice(limit: BlkioDeviceLimit): void {
    const { version, directory } = this.#at('blkio');
    setThrottles(version, directory, limit);
  }

  async countBlockDevice(major: number, minor: number): Promise<void> {
    const { version, directory } = this.#at('blkio');
    if (version === 1) await startCounting(directory, `${major}:${minor}`);
  }

  setDevices(rules: readonly DeviceRule[]): void {
    const { version, directory } = this.#at('devices');
    if (version === 1) setLegacyDevices(directory, rules);
    else setUnifiedDevices(directory, rules);
  }

  async freeze(): Promise<void> {
    const { version, directory } = this.#at('freezer');
    await freeze(version, directory);
  }
  // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
  async thaw(): Promise<void> {
    const { version, directory } = this.#at('freezer');
    thaw(version, directory);
  }
  frozen(): boolean {
    const place = this.#location.controllers.get('freezer');
    return place !== undefined && isFrozen(place.version, place.directory);
  }
  kill(timeout: number): Promise<void> {
    return killAll(this.#location, timeout);
  }

  cpuTime(read: ReadControl = readControl): bigint | null {
    return this.#figure(figures.cpuTime, read);
  }
  cpu(read: ReadControl = readControl): CpuFigures | null {
    return this.#figure(figures.cpu, read);
  }
  memoryUse(read: ReadControl = readControl): MemoryUse | null {
    return this.#figure(figures.memoryUse, read);
  }
  blocks(read: ReadControl = readControl): ReadonlyMap<string, BlockFigures> | null {
    return this.#figure(figures.blocks, read);
  }
  pids(read: ReadControl = readControl): number | null {
    return this.#figure(figures.pids, read);
  }
  pressure(resource: Resource, read: ReadControl = readControl): PressureFigures | null {
    const { unified } = this.#location;
    const text = unified === null ? null : read(unified, `${resource}.pressure`);
    return text === null ? null : parsePressure(text);
  }
  memory(): MemoryFigures | null {
    return this.#figure(figures.memory);
  }
  memoryUsage(): bigint | null {
    return this.#figure(figures.memoryUsage);
  }
  block(): BlockFigures | null {
    const blocks = this.blocks();
    return blocks === null ? null : sumBlocks(blocks);
  }
  processes(): number[] {
    return [...new Set(this.directories.flatMap(processesBelow))];
  }
  remove(): void {
    for (const { directory } of this.#location.all) removeTree(directory);
    for (const scope of this.#location.scopes) ignoring('EBUSY', () => removeTree(scope));
  }

  #at(controller: Controller): ControllerDirectory {
    const place = this.#location.controllers.get(controller);
    if (place === undefined) throw new CgroupUnavailable(controller);
    return place;
  }

  #figure<T>(figure: Figure<T>, read: ReadControl = readControl): T | null {
    const place = this.#location.controllers.get(figure.controller);
    if (place === undefined) return null;
    return figure[place.version === 1 ? 'v1' : 'v2'](file => read(place.directory, file));
  }

  #get<T>(limit: Limit<T>): T | null {
    const place = this.#location.controllers.get(limit.controller);
    if (place === undefined) return null;
    const { files, parse } = limit[place.version === 1 ? 'v1' : 'v2'];
    for (const file of files) {
      const text = readControl(place.directory, file);
      if (text !== null) return parse(text);
    }
    return null;
  }

  #set<T>(limit: Limit<T>, value: T): void {
    writeControl(...this.#write(limit, value));
  }

  #write<T>(limit: Limit<T>, value: T): Write {
    const { version, directory } = this.#at(limit.controller);
    const { files, format } = limit[version === 1 ? 'v1' : 'v2'];
    for (const file of files) {
      const current = readControl(directory, file);
      if (current !== null) return [directory, file, format(value, current)];
    }
    throw new CgroupUnavailable(limit.controller);
  }

  /** v2 takes an empty list, v1 the list of the cgroup above. */
  #everywhere(limit: Limit<string>): string {
    const { version, directory } = this.#at(limit.controller);
    const above = version === 1 ? limit.v1.files.map(file => readControl(dirname(directory), file)) : [];
    return above.find(text => text !== null)?.trim() ?? '\n';
  }

  /** v1's swap limit counts the memory too: on v2 it stays what it was while the memory's part of it changes. */
  #memoryLimit(bytes: bigint | null): Write[] {
    const memory = this.#write(limits.memory, bytes);
    if (this.#at('memory').version === 1) return [memory];
    const together = memoryAndSwap(this.#get(limits.memory), this.#get(limits.swap));
    return together === null ? [memory] : [memory, this.#write(limits.swap, swapOnly(bytes, together))];
  }

  #swapLimit(bytes: bigint | null): Write {
    const legacy = this.#at('memory').version === 1;
    return this.#write(limits.swap, legacy ? bytes : swapOnly(this.#get(limits.memory), bytes));
  }
}
