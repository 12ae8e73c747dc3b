import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { type Recording, dissect, record } from './harness/recording.ts';
import { busyboxRoot, debianRoot, inTree } from './harness/roots.ts';
import { type Outcome, mustRun } from './harness/run.ts';
import { until } from './harness/until.ts';

/** Clients reach the daemon through a proxy that records all they say; the last test has tshark read it. */
let host: Host;
let recording: Recording;
let uri: string;
let root: string;

const CLIENTS = join(import.meta.dirname, 'clients');
/** Numbers of libvirt's virDomainEventType, each with its detail. */
const EVENTS = {
  defined: [0, 0],
  started: [2, 0],
  suspended: [3, 0],
  resumed: [4, 0],
  stoppedDestroyed: [5, 1],
  undefined: [1, 0],
} as const;

test.before(async t => {
  t.timeout(900_000, 'the Debian roots are made the first time');
  host = await openHost();
  const upstream = host.daemon?.socket ?? '/run/libvirt/libvirt-sock';
  recording = await record(host.sandbox, upstream, join(host.directory, 'recording'));
  uri = `lxc+unix:///?socket=${recording.socket}`;
  root = await busyboxRoot(join(host.directory, 'root'));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const documentOf = (name: string): string => `<domain type='lxc'>
  <name>${name}</name>
  <uuid>${randomUUID()}</uuid>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>`;

type Suite = 'bullseye' | 'bookworm' | 'trixie';

const oldVirsh = test.macro(async (t, suite: Suite, version: RegExp) => {
  t.timeout(900_000);
  const [unshare = 'unshare', ...prefix] = inTree(await debianRoot(suite), recording.directory);
  const options = ['-q', '-c', 'lxc+unix:///?socket=/mnt/libvirt-sock'];
  const tryVirsh = (...args: string[]): Promise<Outcome> =>
    host.sandbox.run(unshare, [...prefix, 'virsh', ...options, ...args]);
  const virsh = async (...args: string[]): Promise<string> => {
    const outcome = await tryVirsh(...args);
    t.is(outcome.status, 0, `virsh ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stdout;
  };
  const name = `virsh-${suite}`;
  await writeFile(join(recording.directory, `${name}.xml`), documentOf(name));

  t.regex(await virsh('version', '--daemon'), version);
  await virsh('define', `/mnt/${name}.xml`);
  const [enter = 'env', ...inside] = host.sandbox.prefix;
  const watcher = spawn(enter, [
    ...inside,
    unshare,
    ...prefix,
    // virsh 7.0 would keep its output until 4 kB have come.
    'stdbuf',
    '--output=L',
    'virsh',
    ...options,
    'event',
    '--event',
    'lifecycle',
    '--loop',
  ]);
  let seen = '';
  watcher.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  try {
    // When it has registered shows only by an event: define again, which changes nothing, until one is seen.
    await until('virsh event watches', async () => {
      await virsh('define', `/mnt/${name}.xml`);
      return seen.includes('Defined');
    });
    await virsh('start', name);
    t.regex(await virsh('list'), new RegExp(`${name} +running`));
    t.regex(await virsh('dominfo', name), /^State: +running$/m);
    t.regex(await virsh('dumpxml', name), /^<domain type='lxc' id='\d+'>/);
    await virsh('destroy', name);
    await virsh('undefine', name);
    await until('all events', () => seen.includes('Undefined'));
    const told = [...seen.matchAll(/^event 'lifecycle' for domain '?([\w-]+)'?: (.*)$/gm)]
      .filter(([, domain]) => domain === name)
      .map(([, , event]) => event)
      .filter(event => !event?.startsWith('Defined'));
    t.deepEqual(told, ['Started Booted', 'Stopped Destroyed', 'Undefined Removed']);
    t.not((await tryVirsh('domid', name)).status, 0);
  } finally {
    watcher.kill('SIGKILL');
  }
});

test.serial('virsh of Debian 11', oldVirsh, 'bullseye', /libvirt 7\.0/);
test.serial('virsh of Debian 12', oldVirsh, 'bookworm', /libvirt 9\.0/);
test.serial('virsh of Debian 13', oldVirsh, 'trixie', /libvirt 11\.3/);

test.serial('the Python binding sees events in order, metadata and a console', async t => {
  const told: unknown = JSON.parse(
    await host.sandbox.mustRun('/usr/bin/python3', [join(CLIENTS, 'lifecycle.py'), uri, root]),
  );
  t.deepEqual(told, {
    events: [
      ['lifecycle', 'python', ...EVENTS.defined],
      ['metadata', 'python', 1, null],
      ['metadata', 'python', 2, 'https://example.org/note'],
      ['lifecycle', 'python', ...EVENTS.started],
      ['lifecycle', 'python', ...EVENTS.suspended],
      ['lifecycle', 'python', ...EVENTS.resumed],
      ['lifecycle', 'python', ...EVENTS.stoppedDestroyed],
      ['lifecycle', 'python', ...EVENTS.undefined],
    ],
    metadata: '<kept>yes</kept>',
    title: 'A title',
    active: [true, 1, 1, [1, 1]],
    listed: ['python'],
    paused: [3, 1],
    gone: [42, 17],
  });
});

test.serial('a Go client with its own implementation of the protocol', async t => {
  const binary = join(host.directory, 'go-client');
  const env = {
    GO111MODULE: 'off',
    GOFLAGS: '-mod=',
    GOPATH: '/usr/share/gocode',
    GOCACHE: join(process.env['LXVIRTD_TEST_CACHE'] ?? '/var/cache/lxvirtd-test', 'go'),
  };
  await mkdir(env.GOCACHE, { recursive: true });
  await mustRun('go', ['build', '-o', binary, join(CLIENTS, 'go-libvirt/main.go')], { env, deadline: 300_000 });
  const told = await host.sandbox.mustRun(binary, [recording.socket, root]);
  t.deepEqual(told.trim().split('\n'), [
    'type LXC',
    'running golang',
    'info 1 65536',
    'xml true',
    'console',
    `event golang ${EVENTS.defined.join(' ')}`,
    `event golang ${EVENTS.started.join(' ')}`,
    `event golang ${EVENTS.stoppedDestroyed.join(' ')}`,
    `event golang ${EVENTS.undefined.join(' ')}`,
    'gone true',
  ]);
});

test.serial('the Perl binding and its event loop', async t => {
  const told = await host.sandbox.mustRun('perl', [join(CLIENTS, 'lifecycle.pl'), uri, root]);
  t.deepEqual(told.trim().split('\n'), [
    'state 1 memory 65536',
    'running perl',
    'state in statistics 1',
    'error 42 of 17',
    `event ${EVENTS.defined.join(' ')}`,
    `event ${EVENTS.started.join(' ')}`,
    `event ${EVENTS.stoppedDestroyed.join(' ')}`,
    `event ${EVENTS.undefined.join(' ')}`,
  ]);
});

test.serial('tshark dissects every message of these clients, to the last byte', async t => {
  t.timeout(300_000);
  const passed = await recording.finish();
  const dissection = await dissect(recording.capture);
  t.is(dissection.messages, passed);
  t.deepEqual(dissection.malformed, []);
  t.true(dissection.procedures.size > 20, [...dissection.procedures].join(', '));
});
