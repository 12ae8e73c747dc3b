import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseInterface } from '../../xml/interface/interface.ts';
import { Networkd } from './networkd.ts';

function setUp(t: ExecutionContext): { networkd: Networkd; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-networkd-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return { networkd: new Networkd({ directory, state: join(directory, 'none') }), directory };
}

/** The files below a directory, without their comments. */
function filesIn(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter(name => statSync(join(directory, name)).isFile());
  const text = (name: string): string =>
    readFileSync(join(directory, name), 'utf8')
      .replaceAll(/^#.*\n/gm, '')
      .trim();
  return Object.fromEntries(files.map(name => [name, text(name)]));
}

/** A document, and the files that it becomes. */
const rows: readonly (readonly [string, string, Record<string, string>])[] = [
  [
    'a cable with static addresses',
    `<interface type='ethernet' name='eth0'><start mode='none'/><mac address='52:54:00:00:00:01'/><mtu size='9000'/>
      <protocol family='ipv4'><ip address='198.18.0.1' prefix='24'/><route gateway='198.18.0.254'/></protocol>
      <protocol family='ipv6'><ip address='2001:db8::1' prefix='64'/></protocol></interface>`,
    {
      '70-lxvirtd-eth0.network':
        '[Match]\nName=eth0\n\n[Link]\nMTUBytes=9000\nMACAddress=52:54:00:00:00:01\nActivationPolicy=manual\n\n' +
        '[Network]\nDHCP=no\nIPv6AcceptRA=no\nAddress=198.18.0.1/24\nGateway=198.18.0.254\nAddress=2001:db8::1/64',
    },
  ],
  [
    'a cable that asks for everything',
    `<interface type='ethernet' name='eth0'><protocol family='ipv4'><dhcp peerdns='no'/></protocol>
      <protocol family='ipv6'><autoconf/><dhcp/></protocol></interface>`,
    {
      '70-lxvirtd-eth0.network': '[Match]\nName=eth0\n\n[Network]\nDHCP=yes\nIPv6AcceptRA=yes\n\n[DHCPv4]\nUseDNS=no',
    },
  ],
  [
    'a bridge with a bond for a port',
    `<interface type='bridge' name='br0'><bridge stp='off' delay='2'>
      <interface type='bond' name='bond0'><bond mode='active-backup'><miimon freq='100' updelay='10'/>
        <interface type='ethernet' name='eth0'/></bond></interface></bridge></interface>`,
    {
      '70-lxvirtd-bond0+eth0.network': '[Match]\nName=eth0\n\n[Network]\nBond=bond0\nLinkLocalAddressing=no',
      '70-lxvirtd-bond0.netdev':
        '[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\nUpDelaySec=10ms',
      '70-lxvirtd-br0+bond0.network': '[Match]\nName=bond0\n\n[Network]\nBridge=br0\nLinkLocalAddressing=no',
      '70-lxvirtd-br0.netdev': '[NetDev]\nName=br0\nKind=bridge\n\n[Bridge]\nSTP=no\nForwardDelaySec=2',
      '70-lxvirtd-br0.network': '[Match]\nName=br0\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\nConfigureWithoutCarrier=yes',
    },
  ],
  [
    'a vlan on a device that nothing configures',
    "<interface type='vlan'><vlan tag='5'><interface name='eth0'/></vlan></interface>",
    {
      '70-lxvirtd-eth0.5.netdev': '[NetDev]\nName=eth0.5\nKind=vlan\n\n[VLAN]\nId=5',
      '70-lxvirtd-eth0.5.network': '[Match]\nName=eth0.5\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no',
      '79-lxvirtd-below-eth0.network': '[Match]\nName=eth0\n\n[Network]\nLinkLocalAddressing=no',
      '79-lxvirtd-below-eth0.network.d/lxvirtd-eth0.5.conf': '[Network]\nVLAN=eth0.5',
    },
  ],
];

for (const [what, xml, expected] of rows)
  test(`systemd-networkd is told of ${what}, and then no longer`, async t => {
    const { networkd, directory } = setUp(t);
    const definition = await parseInterface(xml);
    await networkd.write(definition, null);
    t.deepEqual(filesIn(directory), expected);
    await networkd.remove(definition);
    t.deepEqual(filesIn(directory), {});
  });

const bridge = (ports: string): string => `<interface type='bridge' name='br0'><bridge>${ports}</bridge></interface>`;

test('a bridge that loses a port leaves no file of it', async t => {
  const { networkd, directory } = setUp(t);
  const before = await parseInterface(bridge("<interface type='ethernet' name='eth0'/>"));
  await networkd.write(before, null);
  await networkd.write(await parseInterface(bridge('')), before);
  t.deepEqual(Object.keys(filesIn(directory)), ['70-lxvirtd-br0.netdev', '70-lxvirtd-br0.network']);
});

test('a vlan is added to the file of the device below that we wrote, and other files are left', async t => {
  const { networkd, directory } = setUp(t);
  writeFileSync(join(directory, '10-foreign.network'), 'foreign');
  await networkd.write(await parseInterface("<interface type='ethernet' name='eth0'/>"), null);
  const vlan = await parseInterface("<interface type='vlan'><vlan tag='5'><interface name='eth0'/></vlan></interface>");
  await networkd.write(vlan, null);
  t.true('70-lxvirtd-eth0.network.d/lxvirtd-eth0.5.conf' in filesIn(directory));
  await networkd.remove(vlan);
  t.deepEqual(Object.keys(filesIn(directory)), ['10-foreign.network', '70-lxvirtd-eth0.network']);
});
