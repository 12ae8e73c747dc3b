import { parseAttributes, parseText } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeDump } from '../ffi/rtnetlink.ts';

/** NFNL_SUBSYS_NFTABLES with NFT_MSG_GETTABLE. */
const GET_TABLE = (10 << 8) | 1;
const tableName = 1;
/** struct nfgenmsg: the family (0: of all), a version and a resource that are 0. */
const genericHeader = 4;

const families: Readonly<Record<number, string>> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

/** A table of nftables; iptables' are among them where that is a front of nftables. */
export interface NftTable {
  readonly family: string;
  readonly name: string;
}

/** Asks the kernel, which takes microseconds where nft takes a process. Null where it has no nftables. */
export function listNftTables(): NftTable[] | null {
  try {
    return routeDump({
      protocol: 'netfilter',
      type: GET_TABLE,
      body: Buffer.alloc(genericHeader),
      subject: 'tables of the firewall',
    }).map(({ body }) => ({
      family: families[body.readUInt8(0)] ?? '',
      name: parseText(parseAttributes(body, genericHeader).get(tableName)) ?? '',
    }));
  } catch (error) {
    if (error instanceof NetlinkError) return null;
    throw error;
  }
}
