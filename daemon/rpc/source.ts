import type { PeerCredentials } from '../call.ts';

export const userSource = (uid: number): string => `user ${uid}`;

/** Who is behind a client, where clients are counted: the user of a local one, the host of another. */
export const sourceOf = (peer: PeerCredentials | null, address: string | null): string =>
  peer === null ? hostOf(address?.split(';')[0] ?? '') : userSource(peer.uid);

/** What counts as one host: an address or, of IPv6, the network that a single host has to itself. */
export function hostOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}
