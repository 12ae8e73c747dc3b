import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
  await host.sandbox.mustRun('ip', ['link', 'add', 'br0', 'type', 'bridge']);
  await host.sandbox.mustRun('ip', ['link', 'set', 'br0', 'up']);
});
test.after.always(() => host[Symbol.asyncDispose]());

/** Leaves a console the way people do. */
const ESCAPE = '\u001d';

test.serial('the walk-through of the LXC driver’s announcement works word for word', async t => {
  const root = await busyboxRoot(join(host.directory, 'root'));
  await host.define(
    `<domain type='lxc'><name>mycontainer</name><memory>500000</memory><os><type>exe</type><init>/sbin/init</init></os><devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem><interface type='bridge'><source bridge='br0'/><mac address='00:11:22:34:34:34'/></interface><console type='pty'/></devices></domain>`,
  );
  t.regex(await host.mustVirsh('list', '--inactive'), /^ -\s+mycontainer\s+shut off$/m);

  await host.mustVirsh('start', 'mycontainer');
  const [, id] = /^ (\d+)\s+mycontainer\s+running$/m.exec(await host.mustVirsh('list')) ?? [];
  t.truthy(id);

  const info = await host.mustVirsh('dominfo', 'mycontainer');
  t.regex(info, new RegExp(`^Id: +${id}$`, 'm'));
  t.regex(info, /^OS Type: +exe$/m);
  t.regex(info, /^State: +running$/m);
  t.regex(info, /^Max memory: +500000 KiB$/m);

  using console = host.terminal(['console', 'mycontainer']);
  await console.expect(/Connected to domain 'mycontainer'/);
  await console.expect(/Escape character is \^\]/);
  console.type('\n');
  await console.expect(/[#$] /);
  console.type('echo the answer is $((40 + 2))\n');
  await console.expect(/the answer is 42\r/);
  console.type('ip link show eth0\n');
  await console.expect(/00:11:22:34:34:34/);
  console.type(ESCAPE);
  t.is(await console.ended(), 0);

  const xml = await host.mustVirsh('dumpxml', 'mycontainer');
  t.regex(xml, new RegExp(`^<domain type='lxc' id='${id}'>`));
  const [, tty] = /<console type='pty' tty='(\/dev\/pts\/\d+)'>/.exec(xml) ?? [];
  t.truthy(tty, xml);
  t.is((await host.mustVirsh('ttyconsole', 'mycontainer')).trim(), tty ?? 'a tty');

  await host.mustVirsh('destroy', 'mycontainer');
  t.is((await host.mustVirsh('domstate', 'mycontainer')).trim(), 'shut off');
  await host.mustVirsh('undefine', 'mycontainer');
  t.is((await host.mustVirsh('list', '--all', '--name')).trim(), '');
});

test.serial('an application container on the host’s root sees only its own processes', async t => {
  await host.define(
    `<domain type='lxc'><name>application</name><memory>500000</memory><os><type>exe</type><init>/bin/sh</init></os><features><privnet/></features><devices><console type='pty'/></devices></domain>`,
  );
  await host.mustVirsh('start', 'application');
  using console = host.terminal(['console', 'application']);
  await console.expect(/Escape character/);
  console.type('\n');
  await console.expect(/[#$] /);
  console.type('echo; echo begin; ps -ef; echo end\n');
  await console.expect(/^begin\r$/m);
  const [list] = await console.expect(/[^]*^end\r$/m);
  const commands = list
    .split('\r\n')
    .slice(1, -1)
    .map(line => line.split(/ +/).slice(7).join(' '));
  t.deepEqual(commands, ['/bin/sh', 'ps -ef']);
  console.type(ESCAPE);
  t.is(await console.ended(), 0);

  await host.mustVirsh('destroy', 'application');
  await host.mustVirsh('undefine', 'application');
});
