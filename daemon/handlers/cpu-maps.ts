/** CPU maps of the wire: one bit for each CPU of the host, the lowest number first; bits beyond a map's end are none. */

/** The numbers of the CPUs in a map, ascending. */
export const cpusIn = (map: Uint8Array): number[] =>
  Array.from({ length: map.length * 8 }, (_, cpu) => cpu).filter(
    cpu => ((map[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0,
  );

/** Maps of `length` bytes each, one behind the other. */
export function cpuMaps(lists: readonly (readonly number[])[], length: number): Buffer {
  const maps = Buffer.alloc(lists.length * length);
  for (const [at, cpus] of lists.entries())
    for (const cpu of cpus) if (cpu < length * 8) mark(maps, at * length * 8 + cpu);
  return maps;
}

function mark(maps: Buffer, bit: number): void {
  const byte = bit >> 3;
  maps[byte] = (maps[byte] ?? 0) | (1 << (bit & 7));
}
