/** Access control of every kind of object but domains, which polkit.test.ts has: a few rules and many commands. */
import { mkdir } from 'node:fs/promises';
import test from 'ava';
import type { Host } from './harness/host.ts';
import { openPolkitHost, type PolkitHost } from './harness/polkit.ts';
import { until } from './harness/until.ts';

/** Users that every Debian has: one whom the rules below are about, and one of whom they say nothing. */
const owner = 'bin';
const looker = 'daemon';

/** The owner may do everything to objects that are all that these patterns say: so that each attribute is told, too. */
const RULES = `
var uuid = /^[0-9a-f-]{36}$/;
var mine = {
  "network": { network_name: /^mine/, network_uuid: uuid },
  "network-port": { network_name: /^mine/, network_uuid: uuid, port_uuid: /^[0-9a-f-]{35}1$/ },
  "storage-pool": { pool_name: /^mine/, pool_uuid: uuid },
  "storage-vol": { pool_name: /^mine/, pool_uuid: uuid, vol_name: /^mine/ },
  "node-device": { node_device_name: /^net_mine0_/ },
  "interface": { interface_name: /^mine0$/, interface_macaddr: /^52:54:00:00:00:01$/ },
  "nwfilter": { nwfilter_name: /^mine/, nwfilter_uuid: uuid },
  "nwfilter-binding": { nwfilter_binding_portdev: /^mine0$/, nwfilter_binding_filter: /^mine/ },
  "secret": { secret_uuid: uuid, secret_usage_volume: /^mine/ },
  "connect": {}
};
polkit.addRule(function (action, subject) {
  var Result = polkit.Result;
  if (action.id.indexOf("org.libvirt.unix.") == 0) return Result.YES;
  if (subject.user != "${owner}") return;
  var wanted = mine[action.id.split(".")[3]];
  if (wanted === undefined) return Result.NO;
  // A volume that does not exist yet has no key.
  if (/storage-vol[.](?!create)/.test(action.id) && !/^[/].*mine/.test(action.lookup("vol_key"))) return Result.NO;
  for (var name in wanted)
    if (!wanted[name].test(action.lookup(name) || "")) return Result.NO;
  return Result.YES;
});
`;

let polkit: PolkitHost;
let host: Host;

const MAC = { mine: '52:54:00:00:00:01', other: '52:54:00:00:00:02' } as const;
type Whose = keyof typeof MAC;

const uuid = (kind: number, whose: Whose): string =>
  `1f2e3d4c-5b6a-478${kind}-8abc-00000000000${whose === 'mine' ? 1 : 2}`;
const port = (whose: Whose): string => uuid(1, whose);
const secret = (whose: Whose): string => uuid(2, whose);
const device = (whose: Whose): string => `net_${whose}0_${MAC[whose].replaceAll(':', '_')}`;

const documents = (whose: Whose, path: string) => ({
  'net-define': `<network><name>${whose}-net</name><uuid>${uuid(3, whose)}</uuid><bridge name='virbr-${whose}'/></network>`,
  'pool-define': `<pool type='dir'><name>${whose}-pool</name><uuid>${uuid(4, whose)}</uuid><target><path>${path}</path></target></pool>`,
  'nwfilter-define': `<filter name='${whose}-filter'><uuid>${uuid(5, whose)}</uuid><rule action='drop' direction='in'><tcp dstportstart='1'/></rule></filter>`,
  'secret-define': `<secret><uuid>${secret(whose)}</uuid><usage type='volume'><volume>${whose}</volume></usage></secret>`,
});
const portDocument = (whose: Whose): string =>
  `<networkport><uuid>${port(whose)}</uuid><owner><name>g</name><uuid>${port(whose)}</uuid></owner><mac address='${MAC[whose]}'/></networkport>`;
const bindingDocument = (whose: Whose): string =>
  `<filterbinding><owner><name>g</name><uuid>${port(whose)}</uuid></owner><portdev name='${whose}0'/><mac address='${MAC[whose]}'/><filterref filter='${whose}-filter'/></filterbinding>`;

/** Everything once for the owner and once for another; the files hold the documents for what is made again. */
async function make(whose: Whose): Promise<void> {
  const path = `${host.directory}/pool-${whose}`;
  await mkdir(path);
  for (const [command, xml] of Object.entries(documents(whose, path)))
    await host.mustVirsh(command, await host.file(`${command}-${whose}.xml`, xml));
  const link = ['link', 'add', `${whose}0`, 'address', MAC[whose], 'type', 'veth', 'peer', `${whose}1`];
  await host.sandbox.mustRun('ip', link);
  await host.mustVirsh('net-start', `${whose}-net`);
  await host.mustVirsh('net-port-create', `${whose}-net`, await host.file(`port-${whose}.xml`, portDocument(whose)));
  await host.mustVirsh('pool-start', `${whose}-pool`);
  await host.mustVirsh('nwfilter-binding-create', await host.file(`binding-${whose}.xml`, bindingDocument(whose)));
  await host.mustVirsh('secret-set-value', secret(whose), Buffer.from('value').toString('base64'));
  for (const volume of ['mine-vol', 'other-vol']) await host.mustVirsh('vol-create-as', `${whose}-pool`, volume, '4k');
}

test.before(async () => {
  polkit = await openPolkitHost(RULES);
  ({ host } = polkit);
  for (const whose of ['mine', 'other'] as const) await make(whose);
});
test.after.always(() => polkit[Symbol.asyncDispose]());

/** What virsh says of each command, one client for all; not their statuses: some that fail have 0. */
async function errorsOf(user: string, commands: readonly (readonly string[])[]): Promise<[string, string][]> {
  const line = commands.map(words => `echo --err @@; ${words.map(word => `"${word}"`).join(' ')}`).join('; ');
  const { stderr } = await polkit.virsh(user, line);
  const said = stderr.split('error: @@\n').slice(1);
  return commands.map(([command = ''], index) => [command, said[index]?.trim() ?? 'not run']);
}

/** VIR_ERR_ACCESS_DENIED */
const ACCESS_DENIED = 88;
/** One command of virsh's leaves the reason out. */
const DENIED = /error: access denied: 'LXC' denied access|^error: Failed to delete network port \S+$/;

/** Commands about an object, which say the same of the owner's and of another's; in an order in which the owner's succeed. */
const commands = (whose: Whose): readonly (readonly string[])[] => {
  const file = (name: string): string => `${host.directory}/${name}-${whose}.xml`;
  const volume = ['--pool', 'mine-pool', `${whose}-vol`];
  return [
    ['net-info', `${whose}-net`],
    ['net-dumpxml', `${whose}-net`],
    ['net-dhcp-leases', `${whose}-net`],
    ['net-define', file('net-define')],
    ['net-autostart', `${whose}-net`],
    ['net-update', `${whose}-net`, 'add', 'dns-host', "<host ip='10.0.0.1'><hostname>h</hostname></host>", '--config'],
    ['net-port-dumpxml', `${whose}-net`, port(whose)],
    ['net-port-delete', `${whose}-net`, port(whose)],
    ['net-port-create', `${whose}-net`, file('port')],
    ['net-destroy', `${whose}-net`],
    ['net-start', `${whose}-net`],
    ['pool-info', `${whose}-pool`],
    ['pool-dumpxml', `${whose}-pool`],
    ['pool-define', file('pool-define')],
    ['pool-autostart', `${whose}-pool`],
    ['pool-refresh', `${whose}-pool`],
    ['vol-info', ...volume],
    ['vol-dumpxml', ...volume],
    ['vol-key', ...volume],
    ['vol-resize', ...volume, '8k'],
    ['vol-wipe', ...volume],
    ['vol-upload', ...volume, file('port')],
    ['vol-download', ...volume, '/dev/null'],
    ['vol-delete', ...volume],
    ['vol-create-as', 'mine-pool', `${whose}-vol`, '4k'],
    ['pool-destroy', `${whose}-pool`],
    ['pool-start', `${whose}-pool`],
    ['nodedev-info', device(whose)],
    ['nodedev-dumpxml', device(whose)],
    ['iface-dumpxml', `${whose}0`],
    ['iface-mac', `${whose}0`],
    ['nwfilter-dumpxml', `${whose}-filter`],
    ['nwfilter-define', file('nwfilter-define')],
    ['nwfilter-binding-dumpxml', `${whose}0`],
    ['nwfilter-binding-delete', `${whose}0`],
    ['nwfilter-binding-create', file('binding')],
    ['nwfilter-binding-delete', `${whose}0`],
    ['nwfilter-undefine', `${whose}-filter`],
    ['secret-dumpxml', secret(whose)],
    ['secret-get-value', secret(whose)],
    ['secret-set-value', secret(whose), '--file', file('port'), '--plain'],
    ['secret-undefine', secret(whose)],
    ['net-undefine', `${whose}-net`],
    ['pool-destroy', `${whose}-pool`],
    ['pool-undefine', `${whose}-pool`],
  ];
};

const LISTS = `
import libvirt, sys, json
c = libvirt.open(sys.argv[1])
names = lambda objects: sorted(o.name() for o in objects)
libvirt.registerErrorHandler(lambda *_: None, None)
def allowed(ask):
  try: return ask()
  except libvirt.libvirtError as error: return error.get_error_code()
net = lambda: c.networkLookupByName('mine-net')
pool = lambda: c.storagePoolLookupByName('mine-pool')
print(json.dumps({
  'networks': [names(c.listAllNetworks()), c.listNetworks(), c.numOfNetworks(), c.listDefinedNetworks(), c.numOfDefinedNetworks()],
  'ports': [allowed(lambda: [p.UUIDString() for p in net().listAllPorts()])],
  'pools': [names(c.listAllStoragePools()), c.listStoragePools(), c.numOfStoragePools(), c.listDefinedStoragePools(), c.numOfDefinedStoragePools()],
  'volumes': [allowed(lambda: names(pool().listAllVolumes())), allowed(pool().listVolumes), allowed(pool().numOfVolumes)],
  'devices': [names(c.listAllDevices()), c.listDevices(None), c.numOfDevices(None)],
  'interfaces': [names(c.listAllInterfaces()), c.listInterfaces(), c.numOfInterfaces(), c.listDefinedInterfaces(), c.numOfDefinedInterfaces()],
  'filters': [names(c.listAllNWFilters()), c.listNWFilters(), c.numOfNWFilters()],
  'bindings': [[b.portDev() for b in c.listAllNWFilterBindings()]],
  'secrets': [[s.UUIDString() for s in c.listAllSecrets()], c.listSecrets(), c.numOfSecrets()],
  'domains': [names(c.listAllDomains()), c.listDomainsID(), c.numOfDomains(), c.listDefinedDomains(), c.numOfDefinedDomains()],
}))
`;

async function lists(user: string, uri: string): Promise<Record<string, unknown>> {
  const script = await host.file('lists.py', LISTS);
  const { stdout, stderr } = await polkit.asUser(user, '/usr/bin/python3', script, uri);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

test.serial('each list tells, and counts, what the client may see', async t => {
  await host.sandbox.mustRun('ip', ['link', 'set', 'mine0', 'up']);
  await host.sandbox.mustRun('ip', ['link', 'set', 'other0', 'up']);
  t.deepEqual(await lists(owner, host.uri), {
    networks: [['mine-net'], ['mine-net'], 1, [], 0],
    ports: [[port('mine')]],
    pools: [['mine-pool'], ['mine-pool'], 1, [], 0],
    volumes: [['mine-vol'], ['mine-vol'], 1],
    devices: [[device('mine')], [device('mine')], 1],
    interfaces: [['mine0'], ['mine0'], 1, [], 0],
    filters: [['mine-filter'], ['mine-filter'], 1],
    bindings: [['mine0']],
    secrets: [[secret('mine')], [secret('mine')], 1],
    domains: [[], [], 0, [], 0],
  });
});

test.serial('events tell of what the client may see', async t => {
  using networks = polkit.terminal(owner, 'virsh', '-c', host.uri, 'net-event', '--event', 'lifecycle', '--loop');
  using pools = polkit.terminal(owner, 'virsh', '-c', host.uri, 'pool-event', '--event', 'lifecycle', '--loop');
  using secrets = polkit.terminal(owner, 'virsh', '-c', host.uri, 'secret-event', '--event', 'value-changed', '--loop');
  // The clients may come later than the first of these.
  await until('events arrive', async () => {
    for (const whose of ['other', 'mine'] as const) {
      await host.mustVirsh('net-destroy', `${whose}-net`);
      await host.mustVirsh('net-start', `${whose}-net`);
      await host.mustVirsh('net-port-create', `${whose}-net`, `${host.directory}/port-${whose}.xml`);
      await host.mustVirsh('pool-destroy', `${whose}-pool`);
      await host.mustVirsh('pool-start', `${whose}-pool`);
      await host.mustVirsh('secret-set-value', secret(whose), 'dmFsdWU=');
    }
    return [networks, pools, secrets].every(({ shown }) => shown.includes('event'));
  });
  t.regex(networks.shown, /for network mine-net/);
  t.regex(pools.shown, /for storage pool mine-pool/);
  t.regex(secrets.shown, new RegExp(`for secret ${secret('mine')}`));
  for (const { shown } of [networks, pools, secrets]) t.notRegex(shown, new RegExp(`other|${secret('other')}`));
});

test.serial(
  'what no rule says is polkit’s default: everything is seen, and nothing changed or read that is secret',
  async t => {
    const { ports, volumes, ...others } = await lists(looker, host.readOnlyUri);
    const all = JSON.stringify(others);
    for (const name of ['mine-net', 'other-net', 'other-pool', 'other0', 'other-filter', secret('other')])
      t.true(all.includes(name), name);
    t.deepEqual([ports, volumes], [[ACCESS_DENIED], [ACCESS_DENIED, ACCESS_DENIED, ACCESS_DENIED]]);
    const seen = /(?:info|key|mac|leases)$|^(?:net|net-port|pool|iface|secret|nwfilter|nwfilter-binding|vol)-dumpxml$/;
    for (const [command, error] of await errorsOf(looker, commands('other')))
      if (seen.test(command)) t.is(error, '', command);
      else t.regex(error, DENIED, command);
  },
);

test.serial('a rule that says no by an object’s attributes is heard, whatever the command', async t => {
  // Clients that look an object up first are told that they do not see it.
  for (const [command, error] of await errorsOf(owner, commands('other')))
    t.regex(error, /denied access|failed to get|Could not find matching device/, command);
});

test.serial('a rule that says yes by an object’s attributes is heard, whatever the command', async t => {
  for (const [command, error] of await errorsOf(owner, commands('mine'))) t.is(error, '', command);
});
