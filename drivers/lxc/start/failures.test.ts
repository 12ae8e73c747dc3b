import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import test from 'ava';
import { DomainState as State, ErrorCode as Code } from '../../contract/constants.ts';
import { cgroupsOf, defined, failure, started, state, tree } from '../testing/containers.ts';
import type { DomainXml } from '../testing/domain-xml.ts';

test.after.always(() => tree.remove());

const { SHUTOFF } = State;

const failsToStart = test.macro<[Partial<DomainXml>, Code, RegExp]>({
  title: (title = '') => `fails to start: ${title}`,
  async exec(t, options, code, text) {
    const fixture = await started(t);
    const ref = await defined(fixture, options);
    const error = await failure(() => fixture.start(ref));
    t.is(error.code, code);
    t.regex(error.message, text);
    t.deepEqual(state(fixture, ref), [SHUTOFF, 6]);
    t.deepEqual(fixture.takeEvents('c'), []);
    t.deepEqual(readdirSync(fixture.file('run')), []);
    t.true(readFileSync(fixture.file('log', `${ref.name}.log`), 'utf8').includes(error.message.split('\n')[0] ?? ''));
    t.deepEqual(cgroupsOf(fixture), []);
    t.is(fixture.driver.domainGetXmlDesc(ref, 0), fixture.driver.domainGetXmlDesc(ref, 2));
  },
});

const device = (markup: string): Partial<DomainXml> => ({ devices: markup });
const { INTERNAL_ERROR, CONFIG_UNSUPPORTED, NO_NETWORK, SYSTEM_ERROR, NO_DOMAIN } = Code;

test(
  'no such program',
  failsToStart,
  { init: '/nope' },
  INTERNAL_ERROR,
  /^internal error: guest failed to start: cannot find init path '\/nope' relative to container root: No such file/,
);
test(
  'a program that cannot be executed',
  failsToStart,
  { init: '/etc/passwd' },
  INTERNAL_ERROR,
  /guest failed to start: .*\/etc\/passwd/,
);
test(
  'no such directory',
  failsToStart,
  { os: '<initdir>/nodir</initdir>' },
  INTERNAL_ERROR,
  /guest failed to start: .*\/nodir/,
);
test(
  'no such user',
  failsToStart,
  { os: '<inituser>nobodyx</inituser>' },
  INTERNAL_ERROR,
  /guest failed to start: .*nobodyx/,
);
test(
  'no such root',
  failsToStart,
  { root: '/lxvirtd-nowhere' },
  INTERNAL_ERROR,
  /guest failed to start: Failed to access '\/lxvirtd-nowhere'/,
);
test(
  'no such source',
  failsToStart,
  device("<filesystem type='mount'><source dir='/lxvirtd-nowhere'/><target dir='/mnt'/></filesystem>"),
  INTERNAL_ERROR,
  /guest failed to start: Failed to access '\/lxvirtd-nowhere'/,
);
test(
  'a filesystem of a kind that is not mounted',
  failsToStart,
  device("<filesystem type='template'><source name='t'/><target dir='/mnt'/></filesystem>"),
  INTERNAL_ERROR,
  /unsupported configuration: Cannot mount filesystem type template/,
);
test(
  'no such disk',
  failsToStart,
  device(
    "<disk type='block' device='disk'><source dev='/dev/lxvirtd-nowhere'/><target dev='sda' bus='virtio'/></disk>",
  ),
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxvirtd-nowhere: No such file/,
);
test(
  'no such device',
  failsToStart,
  device("<hostdev mode='capabilities' type='misc'><source><char>/dev/lxvirtd-nowhere</char></source></hostdev>"),
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxvirtd-nowhere: No such file/,
);
test(
  'no such network',
  failsToStart,
  device("<interface type='network'><source network='nonet'/></interface>"),
  NO_NETWORK,
  /^Network not found: no network with matching name 'nonet'$/,
);
test(
  'no such bridge',
  failsToStart,
  device("<interface type='bridge'><source bridge='lxnobr'/></interface>"),
  SYSTEM_ERROR,
  /^Unable to add bridge lxnobr port vnet\d+: No such device$/,
);
test(
  'no such host device',
  failsToStart,
  device("<interface type='direct'><source dev='lxnodev' mode='bridge'/></interface>"),
  SYSTEM_ERROR,
  /^Unable to get index for interface lxnodev: No such device$/,
);
test(
  'an interface of a kind for machines',
  failsToStart,
  device("<interface type='user'/>"),
  INTERNAL_ERROR,
  /^internal error: Unsupported network type user$/,
);
test(
  'a script for an interface',
  failsToStart,
  device("<interface type='ethernet'><script path='/bin/true'/></interface>"),
  CONFIG_UNSUPPORTED,
  /scripts are not supported on LXC network interfaces/,
);
test(
  'a VLAN without a bridge',
  failsToStart,
  device("<interface type='ethernet'><mac address='52:54:00:00:00:05'/><vlan><tag id='7'/></vlan></interface>"),
  CONFIG_UNSUPPORTED,
  /^unsupported configuration: interface 52:54:00:00:00:05 - vlan tag not supported for this connection type$/,
);
test(
  'a port profile',
  failsToStart,
  device(
    "<interface type='ethernet'><virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport></interface>",
  ),
  CONFIG_UNSUPPORTED,
  /port profiles of type '802\.1Qbh' are not available/,
);
test(
  'a limited direct interface',
  failsToStart,
  device("<interface type='direct'><source dev='lo'/><bandwidth><inbound average='1'/></bandwidth></interface>"),
  CONFIG_UNSUPPORTED,
  /^unsupported configuration: Unable to set network bandwidth on direct interfaces$/,
);
test(
  'a timer that is none',
  failsToStart,
  { elements: "<clock offset='localtime'><timer name='pit'/></clock>" },
  INTERNAL_ERROR,
  /unsupported timer type \(name\) 'pit'/,
);
test(
  'an interface with a path for its name',
  failsToStart,
  device("<interface type='ethernet'><guest dev='../x'/></interface>"),
  CONFIG_UNSUPPORTED,
  /'\.\.\/x' is no name for a network interface/,
);
test('a name too long for a socket', failsToStart, { name: 'n'.repeat(100) }, Code.OPERATION_FAILED, /too long/);
test(
  'a partition that is no path',
  failsToStart,
  { elements: '<resource><partition>x</partition></resource>' },
  INTERNAL_ERROR,
  /Resource partition 'x' must start with '\/'/,
);
test(
  'a disk limit of no disk',
  failsToStart,
  { elements: '<blkiotune><device><path>/dev/lxnone</path><weight>500</weight></device></blkiotune>' },
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxnone/,
);
test(
  'more consoles than there can be',
  failsToStart,
  { console: "<console type='pty'/>".repeat(100) },
  INTERNAL_ERROR,
  /guest failed to start: plan consoles/,
);
const shared = (what: string): Partial<DomainXml> => ({
  elements: `<lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>${what}</lxc:namespace>`,
});
test(
  'no such network namespace',
  failsToStart,
  shared("<lxc:sharenet type='netns' value='lxnons'/>"),
  SYSTEM_ERROR,
  /^failed to open netns lxnons: No such file/,
);
test(
  'a namespace outside of its directory',
  failsToStart,
  shared("<lxc:sharenet type='netns' value='../../proc/self/ns/net'/>"),
  CONFIG_UNSUPPORTED,
  /does not name a namespace/,
);
test(
  'the namespace of no domain',
  failsToStart,
  shared("<lxc:sharenet type='name' value='nodom'/>"),
  NO_DOMAIN,
  /No domain with matching name 'nodom'/,
);

test('a log that cannot be opened is an error that says so', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture);
  symlinkSync('/dev/null', fixture.file('log', `${ref.name}.log`));
  const error = await failure(() => fixture.start(ref));
  t.is(error.code, SYSTEM_ERROR);
  t.regex(error.message, /^Failed to open the log '.*c\.log': ELOOP/);
  t.deepEqual(cgroupsOf(fixture), []);
});
