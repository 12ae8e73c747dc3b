import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { until } from './harness/until.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

const nat = (name: string, subnet: string): string =>
  `<network><name>${name}</name><forward mode='nat'/><ip address='${subnet}.1' prefix='24'>` +
  `<dhcp><range start='${subnet}.10' end='${subnet}.99'/></dhcp></ip></network>`;

test.serial('virsh takes a network through its life, also over a killed daemon', async t => {
  await host.mustVirsh('net-define', await host.file('n.xml', nat('n', '10.77.0')));
  await host.mustVirsh('net-autostart', 'n');

  await host.mustVirsh('net-start', 'n');
  t.regex(await host.mustVirsh('net-list'), /^ n +active +yes +yes$/m);
  await host.mustVirsh(
    'net-update',
    'n',
    'add',
    'ip-dhcp-host',
    "<host mac='52:54:00:00:00:09' ip='10.77.0.9'/>",
    '--live',
  );
  const before = await host.mustVirsh('net-dumpxml', 'n');
  t.regex(before, /<host mac='52:54:00:00:00:09' ip='10\.77\.0\.9'\/>/);
  t.notRegex(await host.mustVirsh('net-dumpxml', 'n', '--inactive'), /<host /);
  t.is((await host.mustVirsh('net-dhcp-leases', 'n')).trim(), '');

  if (host.daemon !== null) {
    await host.daemon.stop('SIGKILL');
    await host.restart();
    t.is(await host.mustVirsh('net-dumpxml', 'n'), before);
  }

  await host.mustVirsh('net-destroy', 'n');
  await host.mustVirsh('net-undefine', 'n');
  t.notRegex(await host.mustVirsh('net-list', '--all'), /^ n /m);
});

test.serial('virsh hears of what becomes of networks', async t => {
  using life = host.terminal(['net-event', '--event', 'lifecycle', '--loop']);
  await host.mustVirsh('net-define', await host.file('e.xml', nat('e', '10.76.0')));
  // The client of the events may have come later than the first of these.
  await until('events arrive', async () => {
    await host.mustVirsh('net-start', 'e');
    await host.mustVirsh('net-destroy', 'e');
    return life.shown.includes('network e: Started');
  });
  await life.expect(/network e: Stopped/);
  await host.mustVirsh('net-undefine', 'e');
  await life.expect(/network e: Undefined/);
  t.pass();
});

test.serial('virsh keeps ports of guests that are not domains', async t => {
  const uuid = '20000000-0000-4000-8000-000000000001';
  await host.mustVirsh('net-create', await host.file('p.xml', nat('p', '10.78.0')));
  const port = `<networkport><uuid>${uuid}</uuid><owner><name>d</name><uuid>${uuid}</uuid></owner><mac address='52:54:00:00:00:01'/></networkport>`;
  await host.mustVirsh('net-port-create', 'p', await host.file('port.xml', port));
  t.regex(await host.mustVirsh('net-port-list', 'p'), new RegExp(uuid));
  t.regex(await host.mustVirsh('net-port-dumpxml', 'p', uuid), /<plug type='network' bridge='/);
  t.regex(await host.mustVirsh('net-dumpxml', 'p'), /^<network connections='1'>/);
  await host.mustVirsh('net-port-delete', 'p', uuid);
  await host.mustVirsh('net-destroy', 'p');
});

test.serial('two networks do not share a subnet', async t => {
  await host.mustVirsh('net-create', await host.file('one.xml', nat('one', '10.79.0')));
  const { status, stderr } = await host.virsh(['net-create', await host.file('two.xml', nat('two', '10.79.0'))]);
  t.is(status, 1);
  t.regex(stderr, /Network is already in use by interface/);
  await host.mustVirsh('net-destroy', 'one');
});
