import { readFile, writeFile } from 'node:fs/promises';
import { isLinkName } from './link-message.ts';

/** The kernel's settings of a link and of the whole namespace, below /proc/sys/net. */
const directory = '/proc/sys/net';
const ofAll = { ipv4: `${directory}/ipv4/ip_forward`, ipv6: `${directory}/ipv6/conf/all/forwarding` } as const;

/** Whether the host passes packets on between its links. */
export async function isForwarding(family: keyof typeof ofAll): Promise<boolean> {
  return (await readFile(ofAll[family], 'utf8')).trim() !== '0';
}

export const enableForwarding = (family: keyof typeof ofAll): Promise<void> => writeFile(ofAll[family], '1');

/** How a link takes part in IPv6. */
export interface LinkIpv6Settings {
  /** disable_ipv6 */
  readonly isDisabled: boolean;
  /** accept_ra and autoconf: addresses and routes by routers' advertisements. */
  readonly acceptsAdvertisements: boolean;
  /** accept_dad: whether it is found out first that nobody else on the link has an address of its own. */
  readonly detectsDuplicates: boolean;
}

/** A kernel without IPv6 has nothing to set. */
export async function setLinkIpv6(name: string, settings: LinkIpv6Settings): Promise<void> {
  const accept = digit(settings.acceptsAdvertisements);
  const values = {
    accept_ra: accept,
    autoconf: accept,
    accept_dad: digit(settings.detectsDuplicates),
    disable_ipv6: digit(settings.isDisabled),
  };
  await Promise.all(
    Object.entries(values).map(async ([key, value]) => {
      try {
        await writeFile(ipv6File(name, key), value);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }),
  );
}

/** Of a link that goes on taking advertisements when the host forwards: accept_ra is 2. */
export async function acceptsWhileForwarding(name: string): Promise<boolean> {
  try {
    return (await readFile(ipv6File(name, 'accept_ra'), 'utf8')).trim() === '2';
  } catch {
    return false;
  }
}

const digit = (value: boolean): string => (value ? '1' : '0');

function ipv6File(name: string, key: string): string {
  if (!isLinkName(name)) throw new TypeError(`'${name}' is no name of a network interface`);
  return `${directory}/ipv6/conf/${name}/${key}`;
}
