/** Scenarios in which others have rules of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nftGeneration } from '../../../../native/firewall/nft-state.ts';
import { Firewall, iptables } from '../firewall.ts';
import { networkRules } from '../network-rules.ts';
import { lab, run, shell, until, works } from './lab.ts';
import { isolated, nat } from './documents.ts';

const { host } = lab();

/** iptables' rules without their counters. */
const saved = (): string => (run('iptables-save') + run('ip6tables-save')).replaceAll(/^#.*$|\[\d+:\d+\]/gm, '');

const ownRules = (): string => run('nft', '-s', 'list', 'table', 'inet', lab().table);

/** A guest's way through the rules of a product that drops what it does not know. */
async function throughRules(rules: string): Promise<object> {
  await lab().outside();
  shell(rules);
  const before = saved();
  const network = await lab().network('n', nat);
  await host.start(network);
  const guest = await lab().guest('nat0');
  guest.lease();
  const reachesOutside = guest.reaches('198.51.100.1');
  const { complaints } = lab();
  await host.stop(network);
  return { reachesOutside, complaints, isAsBefore: saved() === before };
}

export const foreignFirewalls: Readonly<Record<string, () => Promise<object>>> = {
  async iptables() {
    await lab().outside();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const firewall = new Firewall([iptables(lab().paths.tag, log)], async () => undefined, log);
    const network = await lab().network('n', nat);
    const second = await lab().network('i', isolated);
    // bridges and dnsmasq as ever; then the rules of the other firewall in place of nftables'
    await Promise.all([host.start(network), host.start(second)]);
    shell(`nft delete table inet ${lab().table}; iptables -P FORWARD DROP; iptables -A FORWARD -j REJECT`);
    const rules = [networkRules(network), networkRules(second)].filter(one => one !== null);
    await Promise.all(rules.map(one => firewall.set(one)));
    const [guest, neighbour, shut] = [await lab().guest('nat0'), await lab().guest('nat0'), await lab().guest('iso0')];
    guest.lease();
    const neighbourAddress = neighbour.lease();
    shut.lease();
    shut.run('ip', 'route', 'add', 'default', 'via', '192.168.78.1');
    const facts = {
      reachesOutside: guest.reaches('198.51.100.1'),
      reachesNeighbour: guest.reaches(neighbourAddress),
      isolatedReachesOutside: shut.reaches('198.51.100.1'),
      isolatedReachesHost: shut.reaches('192.168.78.1'),
    };
    await Promise.all(rules.map(({ bridge }) => firewall.remove(bridge)));
    const rest = run('iptables-save') + run('ip6tables-save');
    return { ...facts, left: rest.includes('LXVIRTD') };
  },

  docker: () =>
    throughRules(`iptables -N DOCKER-USER; iptables -P FORWARD DROP; iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -A DOCKER-USER -j RETURN`),

  ufw: () =>
    throughRules(`for t in iptables:ufw ip6tables:ufw6; do
i=\${t%%:*}; u=\${t##*:}
for h in input forward; do
  H=$(echo $h | tr a-z A-Z)
  $i -P $H DROP; $i -N $u-before-$h; $i -N $u-user-$h; $i -A $H -j $u-before-$h
  $i -A $u-before-$h -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; $i -A $u-before-$h -j $u-user-$h
done; done`),

  async foreign() {
    await lab().outside();
    shell(`nft -f - <<'N'
table inet corporate {
  chain passing { type filter hook forward priority filter; policy drop; ct state established,related accept; iifname "eth9" accept; }
  chain arriving { type filter hook input priority filter; policy accept; iifname "lo" accept; udp dport { 53, 67 } jump services; }
  chain services { ip saddr 10.0.0.0/8 accept; reject; }
}
N`);
    await host.start(await lab().network('n', nat));
    const guest = await lab().guest('nat0');
    await until('the log', () => lab().complaints.length >= 4);
    return { complaints: lab().complaints, reachesOutside: guest.reaches('198.51.100.1') };
  },

  async firewalld() {
    await lab().outside();
    shell(`nft -f - <<'N'
table inet firewalld {
  chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept; ct status dnat accept; iifname "lo" accept; ct state invalid drop; jump filter_INPUT_ZONES; reject with icmpx admin-prohibited; }
  chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept; ct status dnat accept; iifname "lo" accept; jump filter_FORWARD_ZONES; reject with icmpx admin-prohibited; }
  chain filter_INPUT_ZONES { iifname "eth7" goto filter_IN_work; goto filter_IN_public; }
  chain filter_FORWARD_ZONES { iifname vmap { "eth7" : goto filter_FWD_work, "eth8" : accept }; goto filter_FWD_public; }
  chain filter_IN_work { accept; }
  chain filter_FWD_work { accept; }
  chain filter_IN_public { tcp dport 22 accept; meta l4proto { icmp, ipv6-icmp } accept; reject with icmpx admin-prohibited; }
  chain filter_FWD_public { reject with icmpx admin-prohibited; }
}
N`);
    await host.start(await lab().network('n', nat));
    const guest = await lab().guest('nat0');
    guest.run('ip', 'addr', 'add', '192.168.77.5/24', 'dev', 'eth0');
    guest.run('ip', 'route', 'add', 'default', 'via', '192.168.77.1');
    await until('the log', () => lab().complaints.length >= 4);
    return { complaints: lab().complaints, reachesOutside: guest.reaches('198.51.100.1') };
  },

  async latecomers() {
    await lab().outside();
    const network = await lab().network('n', nat);
    await host.start(network);
    const guest = await lab().guest('nat0');
    guest.lease();
    const before = guest.reaches('198.51.100.1');
    const own = ownRules();
    // as a firewall's service begins: with nothing of anybody, and a policy
    shell(`nft -f - <<'N'
flush ruleset
table inet corporate { chain passing { type filter hook forward priority filter; policy drop; }; }
N`);
    await until('the log', () => lab().complaints.length >= 3);
    await until('the rules', () => works('nft', 'list', 'table', 'inet', lab().table) && ownRules() === own);
    shell(`nft delete table inet corporate; nft flush table inet ${lab().table}`);
    await until('the rules', () => ownRules() === own);
    shell(`iptables-restore <<'N'
*filter
:FORWARD DROP
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
N`);
    await until('an extension point', () => saved().includes('-A DOCKER-USER -j LXVIRTD'));
    const { complaints } = lab();
    const settled = nftGeneration();
    await sleep(1_000);
    const facts = { before, after: guest.reaches('198.51.100.1'), isQuiet: nftGeneration() === settled };
    await host.stop(network);
    shell(
      `nft add table inet corporate '{ chain passing { type filter hook forward priority filter; policy drop; }; }'`,
    );
    await sleep(500);
    return { ...facts, complaints, isQuietWithoutNetworks: lab().complaints.length === complaints.length };
  },
};
