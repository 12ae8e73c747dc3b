/** What is done on a host of its own, by name; each prints what it saw as JSON. Argument: the name. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLink } from '../../../../native/network/links.ts';
import type { NetworkPort } from '../../../xml/network/port-definition.ts';
import { LinuxNetworkHost } from '../linux-network-host.ts';
import { foreignFirewalls } from './foreign-firewalls.ts';
import { isolated, nat, route } from './documents.ts';
import { lab, left, processes, run, shell, until, type Machine } from './lab.ts';

const { host } = lab();

const hasIpv6 = (machine: Machine, prefix: string): boolean =>
  machine.run('ip', '-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'global').includes(prefix);

const answerLine = (machine: Machine, port: number, text: string): void =>
  machine.serve('busybox', 'nc', '-ll', '-p', String(port), '-e', 'echo', text);

/** The address that eth0 gets, and keeps, by DHCPv6. */
function leaseIpv6(machine: Machine): string {
  const leased = join(lab().root, 'leased');
  const script = join(lab().root, 'dhcpcd');
  writeFileSync(script, `#!/bin/sh\n[ "$reason" != BOUND6 ] || echo "$new_dhcp6_ia_na1_ia_addr1" >${leased}\n`, {
    mode: 0o755,
  });
  // what it keeps is of this host, and goes with it
  shell('mkdir -p /run/dhcpcd; for d in /run/dhcpcd /var/lib/dhcpcd; do mount -t tmpfs none $d; done');
  machine.run('dhcpcd', '-6', '-1', '-p', '-t', '25', '--nodev', '-f', '/dev/null', '-c', script, 'eth0');
  return readFileSync(leased, 'utf8').trim();
}

/** What a guest's firmware does: it fetches what DHCP names from whom DHCP names. Returns what it got. */
function netBoot(machine: Machine): string {
  const script = join(lab().root, 'boot');
  const fetched = join(lab().root, 'fetched');
  writeFileSync(
    script,
    `#!/bin/sh\n[ "$1" = bound ] || exit 0\nip addr replace "$ip/$mask" dev eth0\nbusybox tftp -g -r "$boot_file" -l ${fetched} "$siaddr"\n`,
    { mode: 0o755 },
  );
  machine.run('busybox', 'udhcpc', '-i', 'eth0', '-q', '-n', '-f', '-t', '10', '-T', '1', '-s', script);
  return readFileSync(fetched, 'utf8');
}

/** Milliseconds from the guest's raising its interface on. */
async function leaseTime(guest: Machine): Promise<number> {
  const start = performance.now();
  guest.run('ip', 'link', 'set', 'eth0', 'up');
  // the host is this process, and has its turn
  await sleep(50);
  if (guest.lease() === '') throw new Error('no lease');
  return Math.round(performance.now() - start);
}

/** By the ports' names. */
const portStates = (): (string | undefined)[] =>
  run('bridge', 'link', 'show')
    .trim()
    .split('\n')
    .map(line => / state (\w+)/.exec(line)?.[1]);

const plainPort = (number: string, guest: string): NetworkPort => ({
  uuid: number,
  owner: { name: guest, uuid: guest },
  mac: `52:54:00:00:00:0${number}`,
  group: null,
  trustGuestRxFilters: null,
  bandwidth: null,
  isolated: null,
  virtualport: null,
  vlan: null,
  classId: null,
  plug: { type: 'network', bridge: 'nat0', macTableManager: null },
});

async function message(step: Promise<unknown>): Promise<string> {
  try {
    await step;
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const scenarios: Readonly<Record<string, () => Promise<object>>> = {
  ...foreignFirewalls,

  async nat() {
    const outside = await lab().outside();
    const served = join(lab().root, 'tftp');
    mkdirSync(served);
    writeFileSync(join(served, 'pxe.0'), 'a kernel');
    const booted = `<tftp root='${served}'/><dhcp><bootp file='pxe.0'/>`;
    const network = await lab().network('n', nat.replace('<dhcp>', booted));
    await host.start(network);
    const [guest, other, fixed] = [
      await lab().guest('nat0'),
      await lab().guest('nat0'),
      await lab().guest('nat0', '52:54:00:00:00:77'),
    ];
    const before = performance.now();
    const address = guest.lease();
    const milliseconds = performance.now() - before;
    await until('an address by advertisement', () => hasIpv6(guest, 'fd00:77:'));
    const otherAddress = other.lease();
    answerLine(outside, 7000, 'outside');
    await until('a server', () => guest.ask('198.51.100.1', 7000) === 'outside');
    outside.run('ip', 'route', 'add', '192.168.77.0/24', 'via', '198.51.100.2');
    const facts = {
      address,
      milliseconds,
      fixed: fixed.lease(),
      booted: netBoot(fixed),
      name: guest.run('busybox', 'nslookup', '-type=a', 'printer.test.lan', '192.168.77.1').includes('192.168.77.9'),
      reachesOutside: guest.reaches('198.51.100.1'),
      reachesNeighbour: guest.reaches(otherAddress),
      isReachedFromOutside: outside.reaches(address),
      leases: (await host.leases(network, null)).map(lease => ({ ...lease, expirytime: Number(lease.expirytime) })),
      ofOne: (await host.leases(network, '52:54:00:00:00:77')).length,
      complaints: lab().complaints,
    };
    await host.stop(network);
    return { ...facts, left: left('nat0') };
  },

  async isolated() {
    const outside = await lab().outside('192.168.78.0/24', '192.168.79.0/24');
    await host.start(await lab().network('i', isolated));
    await host.start(await lab().network('r', route));
    const [guest, neighbour, stranger] = [
      await lab().guest('iso0'),
      await lab().guest('iso0'),
      await lab().guest('route0'),
    ];
    const address = guest.lease();
    const strangerAddress = stranger.lease();
    // what the network gives no way out finds one by itself
    guest.run('ip', 'route', 'add', 'default', 'via', '192.168.78.1');
    return {
      router: guest.run('ip', 'route').includes('default via 192.168.78.1 dev eth0 \n'),
      reachesHost: guest.reaches('192.168.78.1'),
      reachesNeighbour: guest.reaches(neighbour.lease()),
      reachesOutside: guest.reaches('198.51.100.1'),
      reachesStranger: guest.reaches(strangerAddress),
      isReachedFromOutside: outside.reaches(address),
      isReachedByStranger: stranger.reaches(address),
      strangerReachesOutside: stranger.reaches('198.51.100.1'),
      strangerIsReached: outside.reaches(strangerAddress),
    };
  },

  async ipv6() {
    const outside = await lab().outside('fd00:79::/64');
    await host.start(await lab().network('r', route));
    const guest = await lab().guest('route0');
    await until('an address by advertisement', () => hasIpv6(guest, 'fd00:79:'));
    await until('a way', () => guest.works('busybox', 'ping', '-6', '-c', '1', '-W', '1', '2001:db8:100::1'));
    outside.run('ip', 'route', 'del', 'fd00:79::/64');
    const isTranslated = guest.works('busybox', 'ping', '-6', '-c', '1', '-W', '1', '2001:db8:100::1');
    const nat6 = await lab().network(
      'n6',
      `<forward mode='nat'><nat ipv6='yes'/></forward><bridge name='nat6' stp='off' delay='0'/><ip family='ipv6' address='fd00:80::1' prefix='64'><dhcp><range start='fd00:80::100' end='fd00:80::1ff'/></dhcp></ip>`,
    );
    await host.start(nat6);
    const second = await lab().guest('nat6');
    await until('a router', () => second.run('ip', '-6', 'route').includes('default'));
    const leased = leaseIpv6(second);
    return {
      isTranslated,
      leased: /^fd00:80::1[0-9a-f]{2}$/.test(leased),
      leases: (await host.leases(nat6, null)).map(({ family, ipaddr }) => ({ family, isIt: ipaddr === leased })),
      natReaches: second.works('busybox', 'ping', '-6', '-c', '1', '-W', '3', '2001:db8:100::1'),
    };
  },

  async forwards() {
    const outside = await lab().outside();
    const forwards = `<metadata><l:forwards xmlns:l='http://lxvirtd.org/schemas/network/1.0'>
      <l:forward port='8080' to='192.168.77.200' toPort='80'/><l:forward protocol='udp' port='53' to='192.168.77.200'/></l:forwards></metadata>`;
    const network = await lab().network('n', forwards + nat);
    await host.start(network);
    const guest = await lab().guest('nat0', '52:54:00:00:00:77');
    const other = await lab().guest('nat0');
    guest.lease();
    other.lease();
    answerLine(guest, 80, 'guest');
    await until('a server', () => other.ask('192.168.77.200', 80) === 'guest');
    const facts = {
      fromOutside: outside.ask('198.51.100.2', 8080),
      fromNeighbour: other.ask('198.51.100.2', 8080),
      fromHost: shell('busybox timeout 3 busybox nc 198.51.100.2 8080').trim(),
    };
    await host.update(network, await lab().network('n', nat));
    return { ...facts, afterwards: outside.ask('198.51.100.2', 8080) };
  },

  async adoption() {
    await lab().outside();
    const [first, second] = [await lab().network('n', nat), await lab().network('i', isolated)];
    await Promise.all([host.start(first), host.start(second)]);
    const pids = [lab().pidOf('n'), lab().pidOf('i')];
    shell(`nft delete table inet ${lab().table}; ip addr del 192.168.77.1/24 dev nat0; kill ${pids[1]}`);
    await until('it has ended', () => !existsSync(`/proc/${pids[1]}/exe`));
    const next = new LinuxNetworkHost(lab().paths, { debug() {}, info() {}, warn() {}, error() {} });
    const adopted = await Promise.all([next.adopt(first), next.adopt(second)]);
    const table = run('nft', 'list', 'table', 'inet', lab().table);
    shell('ip link del iso0');
    return {
      adopted,
      rules: [table.includes('from_nat0'), table.includes('from_iso0')],
      isSameProcess: lab().pidOf('n') === pids[0],
      isNewProcess: lab().pidOf('i') !== pids[1],
      address: run('ip', 'addr', 'show', 'dev', 'nat0').includes('192.168.77.1/24'),
      isAdoptedWithoutBridge: await next.adopt(second),
    };
  },

  async update() {
    const before = await lab().network('n', nat);
    await host.start(before);
    const guest = await lab().guest('nat0');
    const first = guest.lease();
    const pid = lab().pidOf('n');
    const after = await lab().network(
      'n',
      nat.replace('<host mac', "<host mac='52:54:00:00:00:01' ip='192.168.77.150'/><host mac"),
    );
    await host.update(before, after);
    const second = guest.lease();
    await host.update(after, await lab().network('n', nat.replace('77.99', '77.120')));
    return { first, second, isSameProcess: lab().pidOf('n') === pid, runs: processes() };
  },

  async closed() {
    await host.start(await lab().network('n', nat));
    const guest = await lab().guest('nat0', '52:54:00:00:00:77');
    const address = guest.lease();
    const name = guest
      .run('busybox', 'nslookup', '-type=a', 'printer.test.lan', '192.168.77.1')
      .includes('192.168.77.9');
    return { address, name };
  },

  async prompt() {
    const network = await lab().network('n', nat.replace("stp='off'", "stp='on'"));
    await host.start(network);
    const [prompt, second, patient] = [
      await lab().guest('nat0'),
      await lab().guest('nat0'),
      await lab().guest('nat0'),
    ] as const;
    for (const guest of [prompt, second, patient]) guest.run('ip', 'link', 'set', 'eth0', 'down');
    // the first two are one guest's
    await host.portPlugged(network, plainPort('1', 'a'), 'g1');
    await host.portPlugged(network, plainPort('2', 'a'), 'g2');
    const [fast, slow] = [await leaseTime(prompt), await leaseTime(patient)];
    second.run('ip', 'link', 'set', 'eth0', 'up');
    await sleep(500);
    const states = portStates();
    // a cable between its two ports
    second.run('ip', 'link', 'set', 'eth0', 'down');
    for (const device of ['g1', 'g2']) run('ip', 'link', 'del', device);
    shell('ip link add g1 type veth peer name g2');
    shell('for g in g1 g2; do ip link set $g master nat0 up; done');
    await host.portPlugged(network, plainPort('3', 'b'), 'g1');
    await host.portPlugged(network, plainPort('4', 'c'), 'g2');
    await until('the loop is cut', () => portStates().filter(state => state === 'blocking').length === 1);
    const protocol = /"stp_state":(\d)/.exec(run('ip', '-d', '-j', 'link', 'show', 'nat0'))?.[1];
    await host.stop(network);
    return { fast, slow, states, protocol, complaints: lab().complaints };
  },

  async failures() {
    await lab().outside();
    const taken = await lab().network('t', nat.replaceAll('nat0', 'uplink'));
    const inUse = await lab().network('u', `<bridge name='bru'/><ip address='198.51.100.77' netmask='255.255.255.0'/>`);
    const option = await lab().network(
      'o',
      `<bridge name='bro'/><ip address='10.7.7.1' prefix='24'/><dnsmasq:options><dnsmasq:option value='no-such-option=1'/></dnsmasq:options>`,
    );
    return {
      taken: await message(host.start(taken)),
      uplink: findLink('uplink') !== null,
      inUse: await message(host.start(inUse)),
      option: await message(host.start(option)),
      left: left('bro'),
    };
  },

  async bandwidth() {
    const network = await lab().network(
      'n',
      `${nat}<bandwidth><inbound average='1000' peak='5000' burst='1024'/><outbound average='128' burst='256'/></bandwidth>`,
    );
    await host.start(network);
    await lab().guest('nat0');
    const port: NetworkPort = {
      ...plainPort('1', 'g'),
      bandwidth: { inbound: { average: 100, peak: null, burst: null, floor: 200 }, outbound: null },
      isolated: true,
      classId: 3,
      plug: { type: 'network', bridge: 'nat0', macTableManager: 'libvirt' },
    };
    await host.portPlugged(network, port, 'g1');
    const classes = run('tc', 'class', 'show', 'dev', 'nat0');
    const link = run('bridge', '-d', 'link', 'show', 'dev', 'g1');
    const table = run('bridge', 'fdb', 'show', 'dev', 'g1');
    await host.portReleased(network, port, null);
    return {
      classes,
      link,
      table,
      released: run('tc', 'class', 'show', 'dev', 'nat0'),
      filter: run('tc', 'filter', 'show', 'dev', 'nat0', 'ingress'),
    };
  },
};

const scenario = scenarios[process.argv[2] ?? ''];
if (scenario === undefined) throw new Error('no such scenario');
const answer = JSON.stringify(await scenario());
process.stdout.write(answer, () => process.exit(0));
