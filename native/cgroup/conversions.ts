/**
 * Between v1's units and v2's. A client sees v1's, which libvirt's API was made for, whatever the host has.
 */

const bounded = (value: bigint, low: bigint, high: bigint): bigint => (value < low ? low : value > high ? high : value);

/** v1's default of 1024 shares is v2's default weight of 100, in proportion; at the ends v2's range is the narrower. */
export const sharesToWeight = (shares: bigint): bigint => bounded((shares * 100n + 512n) / 1024n, 1n, 10000n);

/** The shares that give a weight; 2 is the least that the kernel takes. */
export const weightToShares = (weight: bigint): bigint => bounded((weight * 1024n + 50n) / 100n, 2n, 262144n);

/** v1 shows "no limit" as the largest multiple of the page size, at whatever size the pages have. */
const unlimitedBytes = 1n << 62n;

/** A limit as v1 or v2 shows it; null is without one. */
export function parseBytes(text: string): bigint | null {
  const value = text.trim();
  if (value === 'max') return null;
  const bytes = BigInt(value);
  return bytes < 0n || bytes >= unlimitedBytes ? null : bytes;
}

export const bytesToLegacy = (bytes: bigint | null): string => (bytes === null ? '-1' : bytes.toString());
export const bytesToUnified = (bytes: bigint | null): string => (bytes === null ? 'max' : bytes.toString());

/** v2's cpu.max: "quota period", the quota "max" where there is none. */
export function parseCpuMax(text: string): { quota: bigint | null; period: bigint } {
  const [quota = 'max', period = '100000'] = text.trim().split(' ');
  return { quota: quota === 'max' ? null : BigInt(quota), period: BigInt(period) };
}

/** v2 counts swap by itself, v1 together with the memory. */
export function swapOnly(memory: bigint | null, memoryAndSwap: bigint | null): bigint | null {
  if (memoryAndSwap === null) return null;
  if (memory === null || memory >= memoryAndSwap) return 0n;
  return memoryAndSwap - memory;
}

export const memoryAndSwap = (memory: bigint | null, swap: bigint | null): bigint | null =>
  memory === null || swap === null ? null : memory + swap;

/** "key value" lines, as memory.stat, cpu.stat and cgroup.events have. */
export function keyedValues(text: string): ReadonlyMap<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of text.split('\n')) {
    const [key, value] = line.split(' ');
    if (key !== undefined && value !== undefined && /^\d+$/.test(value)) values.set(key, BigInt(value));
  }
  return values;
}

/** One value of such lines, 0 where it is missing: at a fraction of the cost of reading them all. */
export function keyedValue(text: string, key: string): bigint {
  const lines = `\n${text}`;
  const at = lines.indexOf(`\n${key} `);
  if (at === -1) return 0n;
  const start = at + key.length + 2;
  const end = lines.indexOf('\n', start);
  return BigInt(lines.slice(start, end === -1 ? undefined : end));
}
