import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';
import { type VirtManager, openVirtManager } from './virt-manager/virt-manager.ts';

/** Stock virt-manager, driven as a person would, through its accessibility tree. It complains: the test fails. */
let host: Host;
let manager: VirtManager;
let root: string;

const BRIDGE = 'br0';

test.before(async t => {
  t.timeout(180_000);
  host = await openHost();
  root = await busyboxRoot(join(host.directory, 'root'));
  await host.sandbox.mustRun('ip', ['link', 'add', BRIDGE, 'type', 'bridge']);
  // virt-manager makes a pool of this directory when it first connects.
  await mkdir('/var/lib/libvirt/images', { recursive: true });
  await host.sandbox.mustRun('mount', ['-t', 'tmpfs', 'tmpfs', '/var/lib/libvirt/images']);
  const network = join(host.directory, 'network.xml');
  await writeFile(
    network,
    `<network><name>default</name><bridge name='virbr9'/><ip address='192.0.2.1' prefix='24'/></network>`,
  );
  await host.mustVirsh('net-define', network);
  await host.mustVirsh('net-start', 'default');
  await define('quiet');
  await define('busy');
  await host.mustVirsh('start', 'busy');
  manager = await openVirtManager(host);
});
test.after.always(async () => {
  manager?.[Symbol.dispose]();
  await host?.[Symbol.asyncDispose]();
});

const define = (name: string): Promise<void> =>
  host.define(`<domain type='lxc'><name>${name}</name><uuid>${randomUUID()}</uuid><memory unit='MiB'>64</memory>
    <vcpu>2</vcpu><os><type>exe</type><init>/sbin/init</init></os><devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <interface type='bridge'><source bridge='${BRIDGE}'/></interface><console type='pty'/></devices></domain>`);

const state = async (name: string): Promise<string> => (await host.mustVirsh('domstate', name)).trim();

/** Scenarios have limits of their own; this one is for a machine that hardly gets on. */
const LIMIT = 300_000;

test.serial('shows every pane of the details of a container', async t => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('details', 'busy'));
});

test.serial('starts, pauses, resumes, shuts down and forces off', async t => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('life', 'quiet'));
  t.is(await state('quiet'), 'shut off');
});

test.serial('types on the console, and shows a container that works in its graphs', async t => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('graphs', 'busy'));
});

test.serial('adds and removes an interface and a file system while the container runs', async t => {
  t.timeout(LIMIT);
  const before = await host.mustVirsh('dumpxml', '--inactive', 'busy');
  await mkdir(join(host.directory, 'shared'));
  await t.notThrowsAsync(manager.play('hardware', 'busy', 'default', join(host.directory, 'shared')));
  t.is(await host.mustVirsh('dumpxml', '--inactive', 'busy'), before);
});

const made = test.macro(async (t, kind: string, name: string, what: () => string, bridge: string, source: RegExp) => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('wizard', kind, name, what(), bridge));
  t.is(await state(name), 'running');
  t.regex(await host.mustVirsh('domiflist', name), source);
});
test.serial(
  'makes an application container on a bridge',
  made,
  'Application',
  'app',
  () => '/bin/sh',
  BRIDGE,
  /bridge +br0/,
);
test.serial(
  'makes a container of an operating system on the network that it proposes',
  made,
  'Operating system',
  'system',
  () => root,
  '',
  /network +default/,
);

test.serial('makes and deletes a storage pool and a volume', async t => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('storage', 'tank', join(host.directory, 'tank')));
  await until('only the default pool is left', async () => {
    const pools = await host.mustVirsh('pool-list', '--all', '--name');
    return pools.trim() === 'default';
  });
});

test.serial('makes, stops, starts and deletes a virtual network', async t => {
  t.timeout(LIMIT);
  await t.notThrowsAsync(manager.play('networks', 'lan'));
  t.is((await host.mustVirsh('net-list', '--all', '--name')).trim(), 'default');
});

test.serial('follows what others do', async t => {
  t.timeout(LIMIT);
  await define('appears');
  await t.notThrowsAsync(manager.play('listed', 'appears', 'Shutoff'));
  await host.mustVirsh('start', 'appears');
  await t.notThrowsAsync(manager.play('listed', 'appears', 'Running'));
  await host.mustVirsh('destroy', 'appears');
  await host.mustVirsh('undefine', 'appears');
  await t.notThrowsAsync(manager.play('unlisted', 'appears'));
});
