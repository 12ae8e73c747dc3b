import test from 'ava';
import { iptablesText } from '../../../native/firewall/iptables-text.ts';
import { nftText } from '../../../native/firewall/nft-text.ts';
import { hostPaths } from '../../contract/paths.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { parseNetwork } from '../../xml/network/network-document.ts';
import { dnsmasqConfiguration } from './dnsmasq-configuration.ts';
import { dnsmasqFiles } from './dnsmasq-files.ts';
import { parseLeases } from './leases.ts';
import { networkRules } from './network-rules.ts';
import { subnet } from './subnet.ts';

const network = (inner: string): Promise<NetworkDefinition> =>
  parseNetwork(
    `<network><name>n</name><forward mode='nat'/><bridge name='b0'/>${inner}<ip address='10.5.0.1' prefix='24'><dhcp><range start='10.5.0.2' end='10.5.0.9'/></dhcp></ip></network>`,
  );

const configuration = (definition: NetworkDefinition): string =>
  dnsmasqConfiguration(definition, dnsmasqFiles(hostPaths(), definition))?.configuration ?? '';

test('dnsmasq is told what the document says, in options of its own', async t => {
  const definition = await network(
    `<domain name='lan.test' localOnly='yes'/><dns forwardPlainNames='no'><forwarder domain='x.org' addr='192.0.2.5'/><forwarder addr='192.0.2.4'/>
     <txt name='ex' value='some text'/><srv service='ldap' protocol='tcp' domain='d.org' target='t.d.org' port='389' priority='1' weight='2'/></dns>`,
  );
  const lines = configuration(definition).split('\n');
  for (const line of [
    'server=/x.org/192.0.2.5',
    'server=192.0.2.4',
    'no-resolv',
    'local=/lan.test/',
    'domain-needed',
    'local=//',
    'txt-record=ex,some text',
    'srv-host=_ldap._tcp.d.org,t.d.org,389,1,2',
    'dhcp-range=10.5.0.2,10.5.0.9,255.255.255.0',
    'interface=b0',
    'except-interface=lo',
    'no-ping',
  ])
    t.true(lines.includes(line), line);
});

const hostile: readonly [string, (definition: NetworkDefinition) => NetworkDefinition][] = [
  ['a domain', d => ({ ...d, domain: { name: 'a\ndhcp-script=/bin/sh', localOnly: null, register: null } })],
  ['a record', d => ({ ...d, dns: { ...d.dns, txts: [{ name: 'a', value: 'b\nuser=root' }] } })],
  ['a host', d => ({ ...d, dns: { ...d.dns, hosts: [{ ip: '10.5.0.3', hostnames: ['a\n1.2.3.4 b'] }] } })],
  ['an option', d => ({ ...d, dnsmasqOptions: ['log-queries\ndhcp-script=/bin/sh'] })],
  ['a directory', d => ({ ...d, ips: d.ips.map(ip => ({ ...ip, tftpRoot: '/srv\nuser=root' })) })],
  ['a comma', d => ({ ...d, domain: { name: 'a,10.0.0.0/8', localOnly: null, register: null } })],
];
for (const [what, change] of hostile)
  test(`no document smuggles an option into dnsmasq's configuration: ${what}`, async t => {
    const definition = change(await network(''));
    t.throws(() => configuration(definition), { message: /^XML error: .*dnsmasq cannot be told/ });
  });

test('a network’s name leads to no other directory', async t => {
  const definition = { ...(await network('')), name: '../../etc/passwd' };
  t.throws(() => dnsmasqFiles(hostPaths(), definition), { message: /cannot be part of a file's name/ });
});

for (const bridge of ['b0"; flush ruleset; #', 'b0\nadd', '-j', 'b*', 'b+'])
  test(`no name smuggles a rule into the firewall: ${JSON.stringify(bridge)}`, async t => {
    const definition = await network('');
    const named = { ...definition, bridge: definition.bridge === null ? null : { ...definition.bridge, name: bridge } };
    const rules = networkRules(named);
    t.truthy(rules);
    const networks = rules === null ? [] : [rules];
    t.throws(() => nftText('lxvirtd', networks), { instanceOf: TypeError });
    t.throws(() => iptablesText('LXVIRTD', 'ipv4', 'filter', networks, ''), { instanceOf: TypeError });
  });

const badForwards: readonly [string, RegExp][] = [
  [`<l:forward port='0' to='10.5.0.3'/>`, /is no port/],
  [`<l:forward port='80' to='10.6.0.3'/>`, /in no subnet/],
  [`<l:forward port='80' to='x'/>`, /no IP address/],
  [`<l:forward port='80' protocol='icmp' to='10.5.0.3'/>`, /unknown protocol/],
  [
    `<l:forwards><l:forward port='80' to='10.5.0.3'/><l:forward port='80' to='10.5.0.4'/></l:forwards>`,
    /forwarded twice/,
  ],
];
for (const [element, message] of badForwards)
  test(`a port that cannot be forwarded is refused: ${element}`, async t => {
    const inner = element.replace(/^<l:forwards?/, head => `${head} xmlns:l='http://lxvirtd.org/schemas/network/1.0'`);
    const definition = await network(`<metadata>${inner}</metadata>`);
    t.throws(() => networkRules(definition), { message });
  });

test('leases of both families are read, what has expired is left out', t => {
  const subnets = [
    subnet({ address: '10.5.0.1', netmask: null, prefix: 24 }),
    subnet({ address: 'fd00::1', netmask: null, prefix: 64 }),
  ];
  const text = `2000 52:54:00:00:00:01 10.5.0.3 web 01:52:54:00:00:00:01
900 52:54:00:00:00:02 10.5.0.4 * *
0 52:54:00:00:00:03 10.5.0.5 * *
duid 00:01:00:01:2f:00:00:00:52:54:00:00:00:fe
2000 7 fd00::7 db 00:01:00:01:2f:00:00:01:52:54:00:00:00:07
2000 8 fd00::8 * 00:02:00:00:ab:11:01
`;
  const leases = parseLeases(text, 'b0', subnets, () => new Map([['fd00::8', '52:54:00:00:00:08']]), 1000n);
  t.deepEqual(
    leases.map(({ mac, ipaddr, hostname, iaid, prefix, expirytime }) => [
      mac,
      ipaddr,
      hostname,
      iaid,
      prefix,
      expirytime,
    ]),
    [
      ['52:54:00:00:00:01', '10.5.0.3', 'web', null, 24, 2000n],
      ['52:54:00:00:00:03', '10.5.0.5', null, null, 24, 0n],
      ['52:54:00:00:00:07', 'fd00::7', 'db', '7', 64, 2000n],
      ['52:54:00:00:00:08', 'fd00::8', null, '8', 64, 2000n],
    ],
  );
});
