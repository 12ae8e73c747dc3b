/** CPU maps of the wire: one bit for each CPU of the host, the lowest number first; bits beyond a map's end are none. */

/** The numbers of the CPUs in a map, ascending. */
export const cpusIn = (map: Uint8Array): number[] =>
  Array.from({ length: map.length * 8 }, (_, cpu) => cpu).filter(
    cpu => ((map[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0,
  );

/** Maps of `length` bytes each, one behind the other. Many of thousands of vCPUs share one list: each is mapped once. */
export function cpuMaps(lists: readonly (readonly number[])[], length: number): Buffer {
  const maps = new Map([...new Set(lists)].map(cpus => [cpus, cpuMap(cpus, length)]));
  return Buffer.concat(lists.map(cpus => maps.get(cpus) ?? Buffer.alloc(length)));
}

function cpuMap(cpus: readonly number[], length: number): Buffer {
  const map = Buffer.alloc(length);
  for (const cpu of cpus) {
    const byte = map[cpu >> 3];
    if (byte !== undefined) map[cpu >> 3] = byte | (1 << (cpu & 7));
  }
  return map;
}
