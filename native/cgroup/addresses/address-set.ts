import ipaddr from 'ipaddr.js';

/** An address as the kernel holds it: words in network order, read as this machine reads them. One word is IPv4, four are IPv6. */
export type Words = readonly number[];

/** What a guest that shares the host's network may use of it. */
export interface AddressSet {
  readonly ipv4: readonly Words[];
  readonly ipv6: readonly Words[];
  /** What 127.0.0.1 is for this guest: another address of the same loopback, so that guests and host do not meet there. */
  readonly loopback: Words;
}

export function wordsOf(address: string): Words {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(4 * at));
}

/** `loopback` is an address in 127.0.0.0/8 that belongs to this guest alone. */
export function addressSet(addresses: readonly string[], loopback: string): AddressSet {
  const words = addresses.map(wordsOf);
  return {
    ipv4: words.filter(({ length }) => length === 1),
    ipv6: words.filter(({ length }) => length === 4),
    loopback: wordsOf(loopback),
  };
}
