import test from 'ava';
import { DomainModificationImpact as Impact, ErrorCode as Code, ErrorDomain } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DriverFixture } from '../testing/driver-fixture.ts';
import { domainXml } from '../testing/domain-xml.ts';
import { defined, failure, running, started, tree } from '../testing/containers.ts';

const { CURRENT, LIVE, CONFIG } = Impact;
const FORCE = 4;
test.after.always(() => tree.remove());

const block = (target: string, more = ''): string =>
  `<disk type='block'><source dev='/dev/loop0'/><target dev='${target}'/>${more}</disk>`;
const fileDisk = (target: string, file: string): string =>
  `<disk type='file'><source file='${file}'/><target dev='${target}'/></disk>`;
const ethernet = (mac: string | null, more = ''): string =>
  `<interface type='ethernet'>${mac === null ? '' : `<mac address='${mac}'/>`}${more}</interface>`;
const hostdev = (type: string, element: string, path: string): string =>
  `<hostdev mode='capabilities' type='${type}'><source><${element}>${path}</${element}></source></hostdev>`;
const filesystem = (target: string): string =>
  `<filesystem type='mount'><source dir='/tmp'/><target dir='${target}'/></filesystem>`;
const usb = (device: number): string =>
  `<hostdev mode='subsystem' type='usb'><source><address bus='98' device='${device}'/></source></hostdev>`;
const pci =
  "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0' slot='1' function='0'/></source></hostdev>";
const storage = hostdev('storage', 'block', '/dev/loop0');
const misc = hostdev('misc', 'char', '/dev/fuse');
const [mac, otherMac] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];
const consoleDevice = "<console type='pty'/>";
const graphics = "<graphics type='vnc'/>";

type Change = 'attach' | 'detach' | 'update' | 'alias';

async function change({ driver }: DriverFixture, ref: DomainRef, what: Change, xml: string, flags: number) {
  if (what === 'attach') await driver.domainAttachDeviceFlags(ref, xml, flags);
  if (what === 'detach') await driver.domainDetachDeviceFlags(ref, xml, flags);
  if (what === 'update') await driver.domainUpdateDeviceFlags(ref, xml, flags);
  if (what === 'alias') await driver.domainDetachDeviceAlias(ref, xml, flags);
}

/** The devices of a definition by what they are known by. */
function devicesOf({ driver }: DriverFixture, ref: DomainRef, flags = 2): string[] {
  const xml = driver.domainGetXmlDesc(ref, flags);
  const known = /<(?:target dev|target dir|mac address|alias name)='([^']+)'|<(?:block|char|interface)>([^<]+)</g;
  return [...xml.matchAll(known)]
    .flatMap(([, name, path]) => name ?? path ?? [])
    .filter(name => name !== '/' && name !== '/run');
}

type Step = readonly [Change, string];

const stored = test.macro({
  title: (_, what: string) => `in a definition, ${what}`,
  async exec(t, _what: string, steps: readonly Step[], devices: readonly string[]) {
    const fixture = await started(t);
    const ref = await defined(fixture);
    for (const [what, xml] of steps) await change(fixture, ref, what, xml, CONFIG);
    t.deepEqual(devicesOf(fixture, ref), devices);
    await fixture.restart();
    t.deepEqual(devicesOf(fixture, ref), devices);
  },
});

const disks: Step[] = [
  ['attach', block('vdb')],
  ['attach', block('vda')],
];
const nics: Step[] = [
  ['attach', ethernet(mac)],
  ['attach', ethernet(otherMac)],
];
const all: Step[] = [
  ['attach', filesystem('/mnt')],
  ['attach', storage],
  ['attach', misc],
  ['attach', usb(1)],
];
for (const [what, steps, devices] of [
  ['disks stand in the order of their names', disks, ['vda', 'vdb']],
  ['a disk is found by its target', [...disks, ['detach', fileDisk('vda', '/other')]], ['vdb']],
  ['a disk is changed', [...disks, ['update', block('vda', '<readonly/>')]], ['vda', 'vdb']],
  ['an interface is found by its address', [...nics, ['detach', ethernet(mac)]], [otherMac]],
  [
    'a single interface need not be named',
    [
      ['attach', ethernet(mac)],
      ['detach', ethernet(null)],
    ],
    [],
  ],
  ['an interface is changed', [...nics, ['update', ethernet(mac, "<target dev='own'/>")]], [mac, 'own', otherMac]],
  ['other devices are kept', all, ['/mnt', '/dev/loop0', '/dev/fuse']],
  [
    'other devices are found',
    [...all, ['detach', storage], ['detach', usb(1)], ['detach', filesystem('/mnt')]],
    ['/dev/fuse'],
  ],
  ['a device has the name that its user gave it', [['attach', block('vda', "<alias name='ua-x'/>")]], ['vda', 'ua-x']],
  [
    'a device is found by that name',
    [...disks, ['attach', block('vdc', "<alias name='ua-x'/>")], ['alias', 'ua-x']],
    ['vda', 'vdb'],
  ],
] satisfies [string, Step[], string[]][])
  test(stored, what, steps, devices);

/** What is refused, by which code, from which part of libvirt, and how the text begins. */
type Refusal = readonly [Change, string, number, Code, ErrorDomain, string];

const { INVALID_ARG, OPERATION_FAILED, OPERATION_INVALID, OPERATION_UNSUPPORTED, CONFIG_UNSUPPORTED } = Code;
const { SYSTEM_ERROR, DEVICE_MISSING, XML_ERROR, XML_DETAIL, NO_SOURCE, NO_TARGET } = Code;
const { LXC, DOMAIN } = ErrorDomain;
const persistent = (what: string): string => `unsupported configuration: persistent ${what} of device is not supported`;
const live = (what: string): string => `unsupported configuration: device type '${what}' cannot be `;
const noInterface = (address: string): string =>
  `device not found: no device found at address '(<null>)' matching MAC address '${address}' and alias '(<null>)'`;

/** Of a definition that has the disk "vda", two interfaces, two host devices and a filesystem at /mnt. */
const ofStored: readonly Refusal[] = [
  ['attach', block('vdb'), LIVE, OPERATION_INVALID, DOMAIN, 'Requested operation is not valid: domain is not running'],
  ['attach', '<foo/>', LIVE, OPERATION_INVALID, DOMAIN, 'Requested operation is not valid: domain is not running'],
  ['attach', block('vdb'), FORCE, INVALID_ARG, LXC, 'unsupported flags (0x4) in function lxcDomainAttachDeviceFlags'],
  ['detach', block('vdb'), 8, INVALID_ARG, LXC, 'unsupported flags (0x8) in function lxcDomainDetachDeviceFlags'],
  ['update', block('vdb'), 8, INVALID_ARG, LXC, 'unsupported flags (0x8) in function lxcDomainUpdateDeviceFlags'],
  ['attach', block('vda'), CURRENT, INVALID_ARG, LXC, 'invalid argument: target vda already exists.'],
  ['attach', filesystem('/mnt'), CONFIG, INVALID_ARG, LXC, 'invalid argument: target /mnt already exists.'],
  ['attach', storage, CONFIG, INVALID_ARG, LXC, 'invalid argument: device is already in the domain configuration'],
  ['attach', usb(1), CONFIG, INVALID_ARG, LXC, 'invalid argument: device is already in the domain configuration'],
  [
    'attach',
    "<disk type='block'><target dev='vdf'/></disk>",
    CONFIG,
    NO_SOURCE,
    DOMAIN,
    'missing source information for device vdf',
  ],
  ['attach', '<disk/>', CONFIG, NO_TARGET, DOMAIN, 'missing target information for device'],
  ['attach', block('../x'), CONFIG, XML_ERROR, DOMAIN, "XML error: Unknown disk name '../x' and no address specified"],
  ['attach', '<foo/>', CONFIG, CONFIG_UNSUPPORTED, DOMAIN, "unsupported configuration: unknown device type 'foo'"],
  ['attach', 'x', CONFIG, XML_DETAIL, DOMAIN, "(device_definition):1: Start tag expected, '<' not found"],
  ['attach', consoleDevice, CONFIG, CONFIG_UNSUPPORTED, LXC, persistent('attach')],
  ['detach', graphics, CONFIG, CONFIG_UNSUPPORTED, LXC, persistent('detach')],
  ['update', storage, CONFIG, CONFIG_UNSUPPORTED, LXC, persistent('update')],
  [
    'attach',
    block('vdb', "<alias name='ua-x'/>"),
    CONFIG,
    XML_ERROR,
    DOMAIN,
    'XML error: non unique alias detected: ua-x',
  ],
  ['detach', block('vdz'), CONFIG, INVALID_ARG, LXC, 'invalid argument: no target device vdz'],
  ['update', block('vdz'), CONFIG, INVALID_ARG, LXC, 'invalid argument: no target device vdz'],
  ['detach', ethernet('52:54:00:00:00:99'), CONFIG, DEVICE_MISSING, DOMAIN, noInterface('52:54:00:00:00:99')],
  ['detach', ethernet(null), CONFIG, OPERATION_FAILED, DOMAIN, 'operation failed: multiple matching devices found'],
  [
    'detach',
    ethernet(mac),
    CONFIG,
    OPERATION_FAILED,
    DOMAIN,
    `operation failed: multiple devices matching MAC address ${mac} found`,
  ],
  ['detach', misc, CONFIG, INVALID_ARG, LXC, 'invalid argument: device not present in domain configuration'],
  ['detach', pci, CONFIG, INVALID_ARG, LXC, 'invalid argument: device not present in domain configuration'],
  ['detach', '<disk/>', CONFIG, NO_TARGET, DOMAIN, 'missing target information for device'],
  ['alias', 'nope', CONFIG, DEVICE_MISSING, DOMAIN, 'device not found: no device found with alias nope'],
];

test('a document of a running interface also finds the one that is defined', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture, { devices: ethernet(mac, "<alias name='ua-x'/>") + ethernet(otherMac) });
  await fixture.driver.domainUpdateDeviceFlags(
    ref,
    ethernet(otherMac, "<alias name='net1'/><mtu size='1400'/>"),
    CONFIG,
  );
  await fixture.driver.domainDetachDeviceFlags(
    ref,
    "<interface type='ethernet'><alias name='ua-x'/></interface>",
    CONFIG,
  );
  t.deepEqual(devicesOf(fixture, ref), [otherMac]);
});

const present = `${block('vda', "<alias name='ua-x'/>")}${ethernet(mac)}${ethernet(mac)}${storage}${usb(1)}${filesystem('/mnt')}`;

test('what cannot be done to a definition is refused as libvirt refuses it', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture, { devices: present });
  const before = fixture.driver.domainGetXmlDesc(ref, 2);
  for (const [what, xml, flags, code, domain, text] of ofStored) {
    const error = await failure(() => change(fixture, ref, what, xml, flags));
    t.like(
      { code: error.code, domain: error.domain, text: error.message.slice(0, text.length) },
      { code, domain, text },
      `${what} ${xml}`,
    );
  }
  t.is(fixture.driver.domainGetXmlDesc(ref, 2), before);
});

/** Of a running domain without devices of these kinds. */
const ofRunning: readonly Refusal[] = [
  ['attach', fileDisk('vda', '/nonexistent'), LIVE, SYSTEM_ERROR, LXC, "Unable to attach '/nonexistent': "],
  [
    'attach',
    block('vdb').replace('loop0', 'nonexistent'),
    LIVE,
    SYSTEM_ERROR,
    LXC,
    'Unable to access /dev/nonexistent: No such file or directory',
  ],
  [
    'attach',
    block('vdb').replace('loop0', 'null'),
    LIVE,
    CONFIG_UNSUPPORTED,
    LXC,
    'unsupported configuration: Disk source /dev/null must be a block device',
  ],
  [
    'attach',
    "<disk type='network'><source protocol='nbd' name='x'><host name='h'/></source><target dev='vda'/></disk>",
    LIVE,
    CONFIG_UNSUPPORTED,
    LXC,
    "unsupported configuration: Can't setup disk for non-block device",
  ],
  [
    'attach',
    hostdev('storage', 'block', '/dev/nonexistent'),
    LIVE,
    SYSTEM_ERROR,
    LXC,
    'Unable to access /dev/nonexistent: No such file or directory',
  ],
  [
    'attach',
    hostdev('storage', 'block', '/dev/null'),
    LIVE,
    CONFIG_UNSUPPORTED,
    LXC,
    'unsupported configuration: Hostdev source /dev/null must be a block device',
  ],
  [
    'attach',
    hostdev('misc', 'char', '/dev/../../etc/passwd'),
    LIVE,
    CONFIG_UNSUPPORTED,
    LXC,
    'unsupported configuration: ',
  ],
  ['attach', usb(99), LIVE, SYSTEM_ERROR, LXC, 'Unable to access /dev/bus/usb/098/099: No such file or directory'],
  ['attach', pci, LIVE, CONFIG_UNSUPPORTED, LXC, 'unsupported configuration: Unsupported host device type pci'],
  [
    'attach',
    filesystem('/mnt').replace('/tmp', '/nonexistent'),
    LIVE,
    SYSTEM_ERROR,
    LXC,
    "Failed to access '/nonexistent': No such file or directory",
  ],
  ['attach', filesystem('/'), LIVE, OPERATION_FAILED, LXC, 'operation failed: target / already exists'],
  ['attach', consoleDevice, LIVE, CONFIG_UNSUPPORTED, LXC, live('chr')],
  ['attach', graphics, CURRENT, CONFIG_UNSUPPORTED, LXC, live('graphics')],
  ['detach', consoleDevice, LIVE, CONFIG_UNSUPPORTED, LXC, live('chr')],
  ['alias', 'console0', LIVE, CONFIG_UNSUPPORTED, LXC, live('chr')],
  [
    'detach',
    filesystem('/'),
    LIVE,
    OPERATION_UNSUPPORTED,
    LXC,
    "Operation not supported: a running container's root filesystem cannot be detached",
  ],
  ['detach', filesystem('/mnt'), LIVE, OPERATION_FAILED, LXC, 'operation failed: filesystem /mnt not found'],
  ['detach', block('vda'), LIVE, OPERATION_FAILED, LXC, 'operation failed: disk vda not found'],
  ['detach', storage, LIVE, OPERATION_FAILED, LXC, 'operation failed: hostdev /dev/loop0 not found'],
  ['detach', usb(1), LIVE, OPERATION_FAILED, LXC, 'operation failed: usb device not found'],
  ['update', storage, LIVE, OPERATION_UNSUPPORTED, LXC, 'Operation not supported: Unable to modify live devices'],
  ['update', block('vda'), LIVE, OPERATION_FAILED, LXC, 'operation failed: disk vda not found'],
  [
    'attach',
    block('vda', "<alias name='ua-x'/>"),
    LIVE | CONFIG,
    INVALID_ARG,
    LXC,
    'invalid argument: target vda already exists.',
  ],
  ['alias', 'nope', LIVE, DEVICE_MISSING, DOMAIN, 'device not found: no device found with alias nope'],
];

test('what cannot be done to a running domain is refused as libvirt refuses it', async t => {
  const fixture = await started(t);
  const ref = await running(fixture);
  await fixture.driver.domainAttachDeviceFlags(ref, block('vda'), CONFIG);
  const before = fixture.driver.domainGetXmlDesc(ref, 0);
  for (const [what, xml, flags, code, domain, text] of ofRunning) {
    const error = await failure(() => change(fixture, ref, what, xml, flags));
    t.deepEqual(
      { code: error.code, domain: error.domain, text: error.message.slice(0, text.length) },
      { code, domain, text },
      `${what} ${xml}: ${error.message}`,
    );
  }
  t.is(fixture.driver.domainGetXmlDesc(ref, 0), before);
});

test('a transient domain has no definition to change', async t => {
  const fixture = await started(t);
  const ref = await fixture.driver.domainCreateXml(fixture.caller, domainXml({ name: 't', root: tree.path }), [], 0);
  for (const flags of [CONFIG, LIVE | CONFIG]) {
    const error = await failure(() => fixture.driver.domainAttachDeviceFlags(ref, block('vda'), flags));
    t.is(error.message, 'Requested operation is not valid: transient domains do not have any persistent config');
  }
});
