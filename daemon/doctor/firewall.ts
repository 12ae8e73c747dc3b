import { readFileSync } from 'node:fs';
import { readRuleset } from '../../native/firewall/ruleset.ts';
import { advice, ok, type Check, type Finding } from './finding.ts';

/** Whether the host passes packets on, and whose rules may keep those of networks back. */
export const firewall: Check = {
  title: 'firewall',
  look: async () => [forwarding(), ...(await foreignDrops())],
};

function forwarding(): Finding {
  const on = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1';
  return ok(`forwarding is ${on ? 'on' : 'off; a network that needs it turns it on'}`);
}

async function foreignDrops(): Promise<Finding[]> {
  try {
    const chains = await readRuleset();
    const dropping = chains.filter(
      ({ hook, policy, table }) => hook === 'forward' && policy === 'drop' && !table.startsWith('lxvirtd'),
    );
    if (dropping.length === 0) return [ok('no chain of others drops what it does not know')];
    return dropping.map(({ family, table, name }) =>
      advice(
        `chain '${name}' of table '${family} ${table}' drops what it does not accept itself`,
        "virtual networks go through Docker's, ufw's and firewalld's chains by themselves; else accept their bridges there",
      ),
    );
  } catch (error) {
    return [
      advice(`the rules cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'install nftables'),
    ];
  }
}
