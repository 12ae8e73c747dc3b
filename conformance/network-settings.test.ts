import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { refused } from './harness/refused.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;
let root: string;

const OWN = '192.168.78.10';
const GATE = '192.168.78.1';

const networks: readonly string[] = [
  `<network><name>nat</name><forward mode='nat'/><bandwidth><inbound average='1000'/></bandwidth>
    <ip address='${GATE}' netmask='255.255.255.0'/>
    <portgroup name='slow'><bandwidth><inbound average='300'/></bandwidth></portgroup></network>`,
  `<network><name>lan</name><forward mode='bridge'/><bridge name='xbr1'/>
    <portgroup name='apart'><port isolated='yes'/></portgroup>
    <portgroup name='tagged'><vlan><tag id='42'/></vlan></portgroup></network>`,
];

const file = (xml: string): Promise<string> => host.file('document.xml', xml);

test.before(async () => {
  host = await openHost();
  await host.sandbox.mustRun('ip', ['link', 'add', 'xbr1', 'type', 'bridge']);
  await host.sandbox.mustRun('ip', ['link', 'set', 'xbr1', 'up']);
  for (const xml of networks) await host.mustVirsh('net-define', await file(xml));
  for (const name of ['nat', 'lan']) await host.mustVirsh('net-start', name);
  root = await busyboxRoot(join(host.directory, 'root'));
});
test.after.always(() => host[Symbol.asyncDispose]());

const wired = (at: number, source: string, more = ''): string =>
  `<interface type='network'><mac address='52:54:00:78:00:0${at}'/><source ${source}/><link state='up'/>${more}</interface>`;

const floor = (kilobytes: number): string => `<bandwidth><inbound average='900' floor='${kilobytes}'/></bandwidth>`;

async function define(name: string, devices: string): Promise<void> {
  await host.define(`<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory>
    <os><type>exe</type><init>/sbin/init</init></os><devices><filesystem type='mount'><source dir='${root}'/>
    <target dir='/'/></filesystem>${devices}<console type='pty'/></devices></domain>`);
}

/** Runs a command in a container's network; whether it succeeded. */
async function succeeds(domain: string, ...command: readonly string[]): Promise<boolean> {
  const id = (await host.mustVirsh('domid', domain)).trim();
  const pid = (await host.sandbox.mustRun('pgrep', ['--parent', id])).trim();
  return (await host.sandbox.run('nsenter', ['--net', '--target', pid, ...command])).status === 0;
}

const pings = (domain: string, ...options: readonly string[]): Promise<boolean> =>
  succeeds(domain, 'busybox', 'ping', '-c', '2', '-W', '3', ...options, GATE);

async function hostEnd(domain: string): Promise<string> {
  const [link] = /vnet\d+|veth\w+/.exec(await host.mustVirsh('domiflist', domain)) ?? [];
  if (link === undefined) throw new Error(`${domain} has no link`);
  return link;
}

/** What `tc` says of the rates that a link sends with. */
const rates = (link: string): Promise<string> => host.sandbox.mustRun('tc', ['class', 'show', 'dev', link]);

async function bandwidth(domain: string, ...options: readonly string[]): Promise<string> {
  const xml = await host.mustVirsh('dumpxml', domain, ...options);
  return /<inbound [^>]*>/.exec(xml)?.[0] ?? 'none';
}

test.serial('a container behind clean-traffic on a network speaks for itself, and for nobody else', async t => {
  const filter = `<filterref filter='clean-traffic'><parameter name='IP' value='${OWN}'/></filterref>`;
  await define('clean', wired(1, "network='nat'", filter));
  await host.mustVirsh('start', 'clean');
  for (const address of [OWN, '192.168.78.11'])
    t.true(await succeeds('clean', 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0'));
  t.true(await pings('clean'));
  t.false(await pings('clean', '-I', '192.168.78.11'));
  t.true(await succeeds('clean', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:78:66:66'));
  t.false(await pings('clean'));
  t.true(await succeeds('clean', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:78:00:01'));
  t.true(await pings('clean'));
  await host.mustVirsh('destroy', 'clean');
});

test.serial('a floor is granted out of what the network has, until that is spent, and comes back', async t => {
  const bridge = (await host.mustVirsh('net-dumpxml', 'nat')).match(/<bridge name='([^']+)'/)?.[1] ?? '';
  await define('first', wired(2, "network='nat'", floor(600)));
  await define('second', wired(3, "network='nat'", floor(600)));
  const before = await rates(bridge);
  await host.mustVirsh('start', 'first');
  t.regex(await rates(bridge), /class htb 1:3 /);
  t.regex(await refused(host, 'start', 'second'), /it would overcommit 'average' on network 'nat'/);
  const late = await file(wired(4, "network='nat'", floor(600)));
  t.regex(await refused(host, 'attach-device', 'first', late, '--live'), /it would overcommit/);
  t.regex(await refused(host, 'domiftune', 'first', '52:54:00:78:00:02', '--inbound', '900,0,0,1001'), /overcommit/);
  t.regex(await bandwidth('first'), /floor='600'/);
  await host.mustVirsh('destroy', 'first');
  t.is(await rates(bridge), before);
  await host.mustVirsh('start', 'second');
  await host.mustVirsh('destroy', 'second');
  const elsewhere = await file(wired(2, "network='lan'", floor(600)));
  await host.mustVirsh('start', 'first');
  t.regex(await refused(host, 'update-device', 'first', elsewhere, '--live'), /network 'lan' has no inbound QoS set/);
  await host.mustVirsh('destroy', 'first');
});

test.serial("a portgroup's isolation is the link's, and stays when the link changes", async t => {
  await define('apart', wired(5, "network='lan' portgroup='apart'"));
  await host.mustVirsh('start', 'apart');
  const link = await hostEnd('apart');
  const isolated = (): Promise<string> => host.sandbox.mustRun('bridge', ['-d', 'link', 'show', 'dev', link]);
  t.regex(await isolated(), /isolated on/);
  t.regex(await host.mustVirsh('dumpxml', 'apart'), /<port isolated='yes'\/>/);
  t.notRegex(await host.mustVirsh('dumpxml', 'apart', '--inactive'), /isolated/);
  for (const state of ['down', 'up']) await host.mustVirsh('domif-setlink', 'apart', link, state);
  t.regex(await isolated(), /isolated on/);
  await host.mustVirsh('destroy', 'apart');
});

test.serial("a portgroup's VLAN is the link's, or refused by what the bridge lacks", async t => {
  const filters = await host.sandbox.run('ip', ['link', 'set', 'xbr1', 'type', 'bridge', 'vlan_filtering', '1']);
  await define('tagged', wired(7, "network='lan' portgroup='tagged'"));
  if (filters.status !== 0) {
    t.regex(await refused(host, 'start', 'tagged'), /xbr1.*vlan/i);
    t.is((await host.mustVirsh('net-port-list', 'lan')).trim(), '');
    return;
  }
  await host.mustVirsh('start', 'tagged');
  const vlans = await host.sandbox.mustRun('bridge', ['vlan', 'show', 'dev', await hostEnd('tagged')]);
  t.regex(vlans, /\b42 PVID/);
  t.regex(await host.mustVirsh('dumpxml', 'tagged'), /<tag id='42'\/>/);
  t.notRegex(await host.mustVirsh('dumpxml', 'tagged', '--inactive'), /<tag id='42'\/>/);
  await host.mustVirsh('destroy', 'tagged');
});

test.serial("what an interface does not say of its bandwidth is its portgroup's", async t => {
  await define('slow', wired(6, "network='nat' portgroup='slow'"));
  await host.mustVirsh('start', 'slow');
  const link = await hostEnd('slow');
  const shaped = async (average: number): Promise<void> => {
    t.is(await bandwidth('slow'), `<inbound average='${average}'/>`);
    t.regex(await rates(link), new RegExp(`rate ${(average * 8) / (average % 125 === 0 ? 1000 : 1)}.bit`));
  };
  await shaped(300);
  await host.mustVirsh('domiftune', 'slow', link, '--inbound', '700');
  await shaped(700);
  await host.mustVirsh('domiftune', 'slow', link, '--inbound', '0');
  await shaped(300);
  const own = "<bandwidth><inbound average='800'/></bandwidth>";
  for (const [more, average] of [
    [own, 800],
    ['', 300],
  ] as const) {
    const document = await file(wired(6, "network='nat' portgroup='slow'", more));
    await host.mustVirsh('update-device', 'slow', document, '--live');
    await shaped(average);
  }
  t.is(await bandwidth('slow', '--inactive'), 'none');
  await host.mustVirsh('destroy', 'slow');
});
