import { execFileSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { createBridge, createMacvlan, createVeth, LinkNames, macvlanModes, type MacvlanMode } from './create-link.ts';
import { addAddress, addRoute } from './addresses.ts';
import { neighbours } from './arp.ts';
import { linkStatistics } from './link-statistics.ts';
import { containerAddresses, linksOf } from './namespace.ts';
import {
  deleteLink,
  findLink,
  getLink,
  listLinks,
  moveLink,
  setLinkMac,
  setLinkMaster,
  setLinkMtu,
  setLinkDown,
  setLinkUp,
  setPortIsolated,
} from './links.ts';
import { containerProcess, eventually, inside, type IpLink, ipLink, unique } from './testing/test-network.ts';

function bridge(t: ExecutionContext): string {
  const name = unique('b');
  createBridge(name);
  t.teardown(() => deleteLink(name));
  return name;
}

function veth(t: ExecutionContext, pid: number, more: { bridge?: string; mtu?: number } = {}): string {
  const name = unique('v');
  createVeth({ name, up: true, ...more, peer: { name: 'eth0', mac: '52:54:00:00:00:07', pid, mtu: more.mtu } });
  t.teardown(() => deleteLink(name));
  return name;
}

test('a veth pair is born with one end in the bridge and the other in the container', async t => {
  const pid = await containerProcess(t);
  const name = veth(t, pid, { bridge: bridge(t), mtu: 1400 });
  const guest = ipLink('eth0', pid);
  t.like(guest, { address: '52:54:00:00:00:07', mtu: 1400 });
  t.false(guest.flags.includes('UP'));
  const host = ipLink(name);
  t.like(host, { mtu: 1400 });
  t.true(host.flags.includes('UP'));
  t.is(getLink(name).master, getLink(host.master ?? '').index);
  t.like(getLink(name), { name, kind: 'veth', up: true, mtu: 1400, mac: host.address });
});

for (const mode of Object.keys(macvlanModes).filter((key): key is MacvlanMode => key in macvlanModes))
  test(`a macvlan of mode ${mode} is born in the container`, async t => {
    const pid = await containerProcess(t);
    const lower = unique('d');
    createVeth({ name: lower, up: true, peer: { name: unique('e'), pid } });
    t.teardown(() => deleteLink(lower));
    createMacvlan({ name: 'eth0', mac: '52:54:00:00:00:08', pid, lower, mode });
    const guest = ipLink('eth0', pid);
    t.is(guest.linkinfo?.info_data?.mode, mode === 'passthrough' ? 'passthru' : mode);
    t.is(guest.address, mode === 'passthrough' ? ipLink(lower).address : '52:54:00:00:00:08');
  });

test('a link’s settings change', async t => {
  const pid = await containerProcess(t);
  const name = veth(t, pid);
  const port = bridge(t);
  setLinkMac(name, '52:54:00:00:00:09');
  setLinkMtu(name, 1280);
  await setLinkMaster(name, port);
  t.like(ipLink(name), { address: '52:54:00:00:00:09', mtu: 1280, master: port });
  setPortIsolated(name, true);
  t.is(ipLink(name).linkinfo?.info_slave_data?.isolated, true);
  setPortIsolated(name, false);
  t.is(ipLink(name).linkinfo?.info_slave_data?.isolated, false);
  await setLinkMaster(name, null);
  t.is(getLink(name).master, null);
  await setLinkDown(name);
  t.false(getLink(name).up);
  setLinkUp(name);
  t.true(getLink(name).up);
});

test('a device of the host moves into the container and back out with its end', async t => {
  const pid = await containerProcess(t);
  const other = await containerProcess(t);
  const name = unique('m');
  createVeth({ name, up: false, peer: { name: 'peer', pid: other } });
  t.teardown(() => deleteLink(name));
  await moveLink(name, pid, 'eth7');
  t.is(findLink(name), null);
  t.is(ipLink('eth7', pid).ifname, 'eth7');
});

test('counters are those of the host’s end', async t => {
  const pid = await containerProcess(t);
  const name = veth(t, pid);
  addAddress(name, { address: '198.18.77.1', prefix: 24 });
  inside(
    pid,
    'sh',
    '-c',
    'ip addr add 198.18.77.2/24 dev eth0; ip link set eth0 up; busybox ping -c 2 198.18.77.1 >/dev/null',
  );
  const statistics = getLink(name).statistics;
  t.true(
    statistics !== null && statistics.rxBytes >= 2n * 98n && statistics.rxPackets >= 2n,
    String(statistics?.rxBytes),
  );
  t.true((statistics?.txBytes ?? 0n) >= 2n * 98n);
  t.is(statistics?.rxErrors, 0n);
  // a packet may come between the two readings
  await eventually(() => isDeepStrictEqual(linkStatistics().get(name), getLink(name).statistics));
  t.true(linkStatistics().has('lo'));
});

test('the host’s end gets addresses and routes', async t => {
  const name = veth(t, await containerProcess(t));
  addAddress(name, { address: '198.18.78.1', prefix: 24 });
  addAddress(name, { address: '198.18.79.1', prefix: 32, peer: '198.18.79.2' });
  addAddress(name, { address: '2001:db8:51::1', prefix: 64 });
  const addresses = execFileSync('ip', ['-brief', 'addr', 'show', 'dev', name], { encoding: 'utf8' });
  for (const address of ['198.18.78.1/24', '198.18.79.1 peer 198.18.79.2/32', '2001:db8:51::1/64'])
    t.true(addresses.includes(address), addresses);
  t.throws(() => addAddress(name, { address: '198.18.78.1', prefix: 24 }), { code: 'EEXIST' });
  addRoute(name, { destination: '10.254.7.0', prefix: 24, gateway: '198.18.78.9', metric: 7 });
  addRoute(name, { destination: '10.254.8.0', prefix: 24 });
  const routes = execFileSync('ip', ['route', 'show', 'dev', name], { encoding: 'utf8' });
  t.regex(routes, /10\.254\.7\.0\/24 via 198\.18\.78\.9 .*metric 7/);
  t.regex(routes, /10\.254\.8\.0\/24 .*scope link/);
  t.throws(() => addRoute(name, { destination: '10.254.9.0', prefix: 24, gateway: '198.19.254.77' }), {
    code: 'ENETUNREACH',
  });
});

test('all links are listed as iproute2 lists them', t => {
  const name = bridge(t);
  const listed: IpLink[] = JSON.parse(execFileSync('ip', ['-json', 'link'], { encoding: 'utf8' }));
  const found = listLinks();
  t.like(
    found.find(link => link.name === name),
    { kind: 'bridge', up: false },
  );
  // other runs make and delete links meanwhile: only what both saw is compared
  for (const { ifname, address, mtu } of listed.filter(link => found.some(({ name }) => name === link.ifname)))
    t.like(
      found.find(link => link.name === ifname),
      { mtu, ...(address === undefined || address.length !== 17 ? {} : { mac: address }) },
    );
});

test('names count on, past those that others took', async t => {
  const pid = await containerProcess(t);
  const prefix = unique('n');
  const names = new LinkNames(prefix);
  createBridge(`${prefix}1`);
  let peers = 0;
  const make = (name: string): void => {
    createVeth({ name, up: false, peer: { name: `p${peers++}`, pid } });
    t.teardown(() => deleteLink(name));
  };
  t.teardown(() => deleteLink(`${prefix}1`));
  t.is(names.take(make), `${prefix}0`);
  t.is(names.take(make), `${prefix}2`);
  await deleteLink(`${prefix}0`);
  t.is(names.take(make), `${prefix}3`);
  const twice = { name: 'p2', pid };
  t.throws(() => names.take(name => createVeth({ name, up: false, peer: twice })), { code: 'EEXIST' });
});

/** What must not reach the kernel, or comes back from it. */
const refusals: readonly [string, () => void, object][] = [
  ['a link that there is not', () => void getLink('lx-none'), { code: 'ENODEV', message: /lx-none/ }],
  [
    'a bridge that there is not',
    () => createVeth({ name: unique('v'), bridge: 'lx-none', up: true, peer: { name: 'x', pid: 1 } }),
    { code: 'ENODEV' },
  ],
  ['a name that is too long', () => createBridge('x'.repeat(16)), { instanceOf: TypeError }],
  ['a name with a slash', () => createBridge('a/b'), { instanceOf: TypeError }],
  ['a name that is a pattern', () => createBridge('lx%d'), { instanceOf: TypeError }],
  ['an empty name', () => createBridge(''), { instanceOf: TypeError }],
  ['a broken MAC address', () => setLinkMac('lo', '52:54:00'), { instanceOf: TypeError }],
  ['a name that is taken', () => createBridge('lo'), { code: 'EEXIST' }],
];
for (const [name, action, expected] of refusals) test(`refused: ${name}`, t => void t.throws(action, expected));

test('deleting a link that is gone is fine', async t => {
  await t.notThrowsAsync(deleteLink('lx-none'));
});

test('a container’s interfaces are seen from outside', async t => {
  const pid = await containerProcess(t);
  const name = veth(t, pid, { mtu: 1300 });
  inside(
    pid,
    'sh',
    '-c',
    `ip link set lo up; ip link set eth0 up; ip addr add 10.254.1.7/20 dev eth0; ip addr add 10.254.99.1/32 dev eth0
     ip addr add 10.9.0.1 peer 10.9.0.2/31 dev eth0; ip addr add 2001:db8::7/56 dev eth0 nodad`,
  );
  setLinkUp(name);
  const found = containerAddresses(pid);
  t.deepEqual(
    found.map(({ name }) => name),
    ['lo', 'eth0'],
  );
  t.deepEqual(found[0]?.addresses, [
    { family: 'ipv4', address: '127.0.0.1', prefix: 8 },
    { family: 'ipv6', address: '::1', prefix: 128 },
  ]);
  t.is(found[1]?.mac, '52:54:00:00:00:07');
  const addresses = found[1]?.addresses.map(({ address, prefix }) => `${address}/${prefix}`) ?? [];
  for (const address of ['10.254.1.7/20', '10.254.99.1/32', '10.9.0.1/31', '2001:db8::7/56'])
    t.true(addresses.includes(address), addresses.join(' '));
  t.like(
    linksOf(pid).find(link => link.name === 'eth0'),
    { mtu: 1300, up: true },
  );
});

test('a namespace without a link to the host is seen too', async t => {
  const pid = await containerProcess(t);
  t.deepEqual(containerAddresses(pid), [{ name: 'lo', mac: '00:00:00:00:00:00', addresses: [] }]);
});

test('the interfaces of a process that is gone are an error', t => {
  t.throws(() => containerAddresses(2 ** 30), { code: 'ESRCH' });
});

test('the ARP table is read line by line', t => {
  const table = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         52:54:00:AA:bb:01     *        virbr0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        virbr0
`;
  t.deepEqual(neighbours(table), [{ address: '192.0.2.1', mac: '52:54:00:aa:bb:01', device: 'virbr0' }]);
  t.true(Array.isArray(neighbours()));
});
