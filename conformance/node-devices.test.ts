/** Devices of the host, as stock clients see them, and as libvirt's own driver describes them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

const LIBVIRTD = new URL('../scripts/with-real-libvirtd.sh', import.meta.url).pathname;
const dumpAll = (uri: string): string =>
  `for name in $(virsh -q -c '${uri}' nodedev-list); do virsh -q -c '${uri}' nodedev-dumpxml "$name"; done`;

/** Documents by the names of their devices. */
function documents(output: string): Map<string, string> {
  const found = output.matchAll(/<device>\n {2}<name>([^<]*)<[^]*?\n<\/device>\n/g);
  return new Map([...found].map(([xml, name = '']) => [name, xml]));
}

/** The host's own UUID differs with the daemon; loop devices come and go with other tests, and are none of libvirt's devices. */
const comparable = (all: Map<string, string>): [string, string][] =>
  [...all]
    .filter(([name]) => !name.startsWith('block_loop'))
    .map(([name, xml]): [string, string] => [name, xml.replace(/<uuid>.*<\/uuid>/, '<uuid/>')])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

test.serial('each device of this host is described as libvirt describes it', async t => {
  const { stdout } = await promisify(execFile)(LIBVIRTD, ['sh', '-c', dumpAll('lxc:///')]);
  const ours = await host.sandbox.mustRun('sh', ['-c', dumpAll(host.uri)]);
  t.deepEqual(comparable(documents(ours)), comparable(documents(stdout)));
});

test.serial('virsh lists devices by what they can do, with their parents and what they are', async t => {
  t.regex(await host.mustVirsh('nodedev-list', '--tree'), /^computer\n {2}\|\n[^]* {2}\+- net_lo_00_00_00_00_00_00\n/);
  t.is((await host.mustVirsh('nodedev-list', '--cap', 'system')).trim(), 'computer');
  t.is((await host.mustVirsh('nodedev-list', '--cap', 'net')).trim(), 'net_lo_00_00_00_00_00_00');
  t.is((await host.mustVirsh('nodedev-list', '--inactive')).trim(), '');
  const info = await host.mustVirsh('nodedev-info', 'computer');
  t.regex(info, /Parent:\s*\n[^]*Active:\s+yes\n[^]*Persistent:\s+yes\n[^]*Autostart:\s+yes/);
  t.regex(await host.mustVirsh('nodedev-info', 'net_lo_00_00_00_00_00_00'), /Parent:\s+computer\n[^]*Persistent:\s+no/);
});

test.serial('virsh is told of devices while they come and go', async t => {
  using terminal = host.terminal(['nodedev-event', '--event', 'lifecycle', '--loop']);
  // The client says nothing when it has registered.
  const link = ['type', 'veth', 'peer', 'name', 'peer0'];
  let number = 0;
  for (let heard = false; !heard && number < 50; number++) {
    await host.sandbox.mustRun('ip', ['link', 'add', `plug${number}`, 'address', '02:00:00:00:00:01', ...link]);
    await host.sandbox.mustRun('ip', ['link', 'del', `plug${number}`]);
    heard = await terminal.expect(/net_plug\d+_02_00_00_00_00_01: /, 2_000).then(
      () => true,
      () => false,
    );
  }
  await host.sandbox.mustRun('ip', ['link', 'add', 'last', 'address', '02:00:00:00:00:01', ...link]);
  await terminal.expect(/'lifecycle' for node device net_last_02_00_00_00_00_01: Created/);
  await host.sandbox.mustRun('ip', ['link', 'del', 'last']);
  await terminal.expect(/'lifecycle' for node device net_last_02_00_00_00_00_01: Deleted/);
  t.pass();
});

test.serial('the calls of old clients answer, too', async t => {
  const script = `
import libvirt, sys
libvirt.registerErrorHandler(lambda *args: None, None)
host = libvirt.openReadOnly(sys.argv[1])
names = host.listDevices(None, 0)
print(len(names) == host.numOfDevices(None), host.listDevices('system', 0), host.numOfDevices('nothing'))
computer = host.nodeDeviceLookupByName('computer')
print(computer.listCaps(), computer.numOfCaps(), computer.parent(), computer.isActive(), computer.isPersistent())
for call in (lambda: host.nodeDeviceLookupByName('../etc'), lambda: host.nodeDeviceLookupSCSIHostByWWN('1', '2', 0), computer.reset):
    try: call()
    except libvirt.libvirtError as error: print(error.get_error_code(), error.get_error_domain())
`;
  const output = await host.sandbox.mustRun('/usr/bin/python3', ['-c', script, host.readOnlyUri]);
  t.deepEqual(output.trim().split('\n'), ["True ['computer'] 0", "['system'] 1 None 1 1", '53 22', '53 22', '29 22']);
});
