import { closeSync, constants, openSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { attachProgram, loadProgram, type AttachType } from '../../ffi/bpf.ts';
import { addressSet, wordsOf } from './address-set.ts';
import { packetPrograms } from './packet-programs.ts';
import { socketPrograms } from './socket-programs.ts';

export interface AddressLimit {
  /** The host's addresses that the guest may use. */
  readonly allowed: readonly string[];
  /** All of the host's addresses: those that are not allowed cannot be reached. */
  readonly host: readonly string[];
  /** In 127.0.0.0/8, the guest's alone. */
  readonly loopback: string;
}

/**
 * Limits what runs in a cgroup (of cgroup2) to some of the host's addresses: binding to others and connecting to others
 * of the host fails with EPERM, whatever is sent has one of them as its source. The programs go with the cgroup.
 */
export function limitAddresses(directory: string, { allowed, host, loopback }: AddressLimit): void {
  const set = addressSet(allowed, loopback);
  const isAllowed = (address: string): boolean =>
    [...set.ipv4, ...set.ipv6].some(words => isDeepStrictEqual(words, wordsOf(address)));
  const others = addressSet(
    host.filter(address => !isAllowed(address)),
    loopback,
  );
  const cgroup = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    attachAll(cgroup, 'cgroupAddress', socketPrograms(set, others));
    attachAll(cgroup, 'cgroupPacket', packetPrograms(set));
  } finally {
    closeSync(cgroup);
  }
}

function attachAll(
  cgroup: number,
  type: 'cgroupAddress' | 'cgroupPacket',
  programs: ReadonlyMap<AttachType, Buffer>,
): void {
  for (const [door, instructions] of programs) {
    const program = loadProgram(type, instructions, `lxvirtd_${door}`, door);
    try {
      attachProgram(cgroup, program, door, null);
    } finally {
      closeSync(program);
    }
  }
}
