/** Links of a network namespace of the test's own, as the kernel tells of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';

const scenario = new URL('testing/links-scenario.ts', import.meta.url).pathname;

test('links that come, are renamed and go are told as they do', async t => {
  const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', process.execPath, scenario]);
  const said = new Map<unknown, unknown>();
  for (const line of stdout.trim().split('\n')) {
    const pair: unknown = JSON.parse(line);
    if (Array.isArray(pair)) said.set(pair[0], pair[1]);
  }
  t.deepEqual(said.get('before'), ['net_lo_00_00_00_00_00_00']);
  t.deepEqual(said.get('added'), ['net_va_02_00_00_00_00_01 0', 'net_vb_02_00_00_00_00_02 0']);
  t.deepEqual(said.get('renamed'), ['net_va_02_00_00_00_00_01 1', 'net_vc_02_00_00_00_00_01 0']);
  t.deepEqual(said.get('deleted'), ['net_vb_02_00_00_00_00_02 1', 'net_vc_02_00_00_00_00_01 1']);
  // As libvirt has it for such a link on this kernel.
  t.is(
    said.get('document'),
    `<device>
  <name>net_va_02_00_00_00_00_01</name>
  <path>/sys/devices/virtual/net/va</path>
  <parent>computer</parent>
  <capability type='net'>
    <interface>va</interface>
    <address>02:00:00:00:00:01</address>
    <link state='down'/>
    <feature name='rx'/>
    <feature name='tx'/>
    <feature name='sg'/>
    <feature name='tso'/>
    <feature name='gso'/>
    <feature name='rxvlan'/>
    <feature name='txvlan'/>
    <feature name='txudptnl'/>
    <capability type='80203'/>
  </capability>
</device>
`,
  );
});
