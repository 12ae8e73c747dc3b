import { readFileSync } from 'node:fs';

/** What the host knows of a neighbour. */
export interface Neighbour {
  readonly address: string;
  /** Lower case. */
  readonly mac: string;
  /** The host's link that it is behind. */
  readonly device: string;
}

/** The host's ARP table: IPv4 neighbours whose MAC address is known. */
export function neighbours(table: string = readFileSync('/proc/net/arp', 'utf8')): Neighbour[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const [address, , flags, mac, , device] = line.trim().split(/\s+/);
      if (address === undefined || mac === undefined || device === undefined) return [];
      // 0x2 is ATF_COM: the entry is complete
      return (Number(flags) & 2) === 0 ? [] : [{ address, mac: mac.toLowerCase(), device }];
    });
}
