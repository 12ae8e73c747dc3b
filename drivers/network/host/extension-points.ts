import { readFile } from 'node:fs/promises';
import { extensionText } from '../../../native/firewall/extension-points.ts';
import type { NetworkRules } from '../../../native/firewall/rule.ts';
import { listNftTables } from '../../../native/firewall/nft-tables.ts';
import { runTool, ToolError } from '../../../native/tools/run-tool.ts';
import type { Log } from '../../contract/log.ts';

const families = { ipv4: 'iptables', ipv6: 'ip6tables' } as const;

/**
 * Lets the networks' packets through the rules of Docker and ufw, where these are: an accept in a table of ours is no help
 * against a drop in theirs. What fails is reported; whose packets are then dropped is found out by `ForeignRules`.
 */
export async function openExtensionPoints(tag: string, networks: readonly NetworkRules[], log: Log): Promise<void> {
  await Promise.all((['ipv4', 'ipv6'] as const).map(family => openPoints(tag, family, networks, log)));
}

async function openPoints(
  tag: string,
  family: keyof typeof families,
  networks: readonly NetworkRules[],
  log: Log,
): Promise<void> {
  try {
    if (!(await hasFilterTable(family))) return;
    const present = await runTool(`${families[family]}-save`, ['-t', 'filter']);
    const text = extensionText(`LXVIRTD${tag}`, family, networks, present);
    if (text !== '') await runTool(`${families[family]}-restore`, ['--noflush', '--wait'], { input: text });
  } catch (error) {
    // a host without iptables, or without IPv6's tables, has none of those who use them
    if (error instanceof ToolError && error.code === 'ENOENT') return;
    log.debug({ error, family }, "The rules of iptables' users could not be looked at");
  }
}

/** Names of the tables of iptables where it is no front of nftables. */
const legacyTables = { ipv4: '/proc/net/ip_tables_names', ipv6: '/proc/net/ip6_tables_names' } as const;
const nftFamilies = { ipv4: 'ip', ipv6: 'ip6' } as const;

/** Whether anybody can have left us a chain: to ask iptables itself starts a program, and makes the table where there is none. */
async function hasFilterTable(family: keyof typeof families): Promise<boolean> {
  const tables = listNftTables();
  if (tables === null || tables.some(({ name, ...own }) => name === 'filter' && own.family === nftFamilies[family]))
    return true;
  const legacy = await readFile(legacyTables[family], 'utf8').catch(() => '');
  return legacy.split('\n').includes('filter');
}
