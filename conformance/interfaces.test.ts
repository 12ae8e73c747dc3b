import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { refused } from './harness/refused.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
  for (const bridge of ['br0', 'br1']) {
    await host.sandbox.mustRun('ip', ['link', 'add', bridge, 'type', 'bridge']);
    await host.sandbox.mustRun('ip', ['link', 'set', bridge, 'up']);
  }
  await host.sandbox.mustRun('ip', ['link', 'add', 'lower', 'type', 'veth', 'peer', 'upper']);
  const root = await busyboxRoot(join(host.directory, 'root'));
  for (const name of ['wired', 'alone'])
    await host.define(`<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory>
      <os><type>exe</type><init>/sbin/init</init></os>
      ${name === 'wired' ? '<features><privnet/></features>' : ''}
      <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem><console type='pty'/></devices>
    </domain>`);
});
test.after.always(() => host[Symbol.asyncDispose]());

/** Runs a command in the network of a domain's init, which is its controller's child. */
async function inside(domain: string, ...command: readonly string[]): Promise<string> {
  const id = (await host.mustVirsh('domid', domain)).trim();
  const pid = (await host.sandbox.mustRun('pgrep', ['--parent', id])).trim();
  return await host.sandbox.mustRun('nsenter', ['--net', '--target', pid, ...command]);
}

const outside = (...command: [string, ...string[]]): Promise<string> => {
  const [program, ...args] = command;
  return host.sandbox.mustRun(program, args);
};

const document = (xml: string): Promise<string> => host.file('device.xml', xml);

const MAC = '52:54:00:11:22:01';

test.serial(
  'an interface is attached to a running container, comes up there, and is tuned, moved and detached',
  async t => {
    await host.mustVirsh('start', 'wired');
    await host.mustVirsh(
      'attach-interface',
      'wired',
      'bridge',
      'br0',
      '--mac',
      MAC,
      '--target',
      'web0',
      '--live',
      '--persistent',
    );
    t.regex(await host.mustVirsh('domiflist', 'wired'), new RegExp(`web0 +bridge +br0 +- +${MAC}`));
    t.regex(await host.mustVirsh('dumpxml', 'wired'), /<guest dev='eth0'\/>/);
    t.regex(await inside('wired', 'ip', '-o', 'link', 'show', 'eth0'), new RegExp(`UP,LOWER_UP.*${MAC}`));
    t.regex(await outside('ip', 'link', 'show', 'web0'), /master br0/);

    await host.mustVirsh(
      'domiftune',
      'wired',
      'web0',
      '--inbound',
      '1000,2000,128',
      '--outbound',
      '500',
      '--live',
      '--config',
    );
    for (const side of ['--live', '--config']) {
      const told = await host.mustVirsh('domiftune', 'wired', MAC, side);
      for (const [figure, value] of Object.entries({
        'inbound.average': 1000,
        'inbound.peak': 2000,
        'inbound.burst': 128,
        'outbound.average': 500,
        'outbound.burst': 0,
      }))
        t.regex(told, new RegExp(`^${figure} *: ${value}$`, 'm'), side);
    }
    t.regex(await outside('tc', 'class', 'show', 'dev', 'web0'), /rate 8Mbit ceil 16Mbit burst 128Kb/);
    t.regex(await outside('tc', 'filter', 'show', 'dev', 'web0', 'ingress'), /lxvirtd_police/);
    t.regex(
      await host.mustVirsh('dumpxml', 'wired'),
      /<inbound average='1000' peak='2000' burst='128'\/>\n +<outbound average='500'\/>/,
    );
    await host.mustVirsh('domiftune', 'wired', 'web0', '--inbound', '0');
    t.is((await outside('tc', 'class', 'show', 'dev', 'web0')).trim(), '');
    t.regex(await host.mustVirsh('dumpxml', 'wired'), /<bandwidth>\n +<outbound average='500'\/>/);

    await host.mustVirsh('domif-setlink', 'wired', 'web0', 'down');
    t.regex(await host.mustVirsh('domif-getlink', 'wired', 'web0'), /down/);
    t.regex(await inside('wired', 'ip', '-o', 'link', 'show', 'eth0'), /NO-CARRIER/);
    await host.mustVirsh('domif-setlink', 'wired', 'web0', 'up');
    t.regex(await inside('wired', 'ip', '-o', 'link', 'show', 'eth0'), /LOWER_UP/);

    const moved = await document(`<interface type='bridge'><mac address='${MAC}'/><source bridge='br1'/></interface>`);
    await host.mustVirsh('update-device', 'wired', moved, '--live');
    t.regex(await host.mustVirsh('domiflist', 'wired'), /web0 +bridge +br1/);
    t.regex(await outside('ip', 'link', 'show', 'web0'), /master br1/);
    t.regex(await host.mustVirsh('domifstat', 'wired', 'web0'), /^web0 rx_bytes \d+$/m);

    await host.mustVirsh('detach-interface', 'wired', 'bridge', '--mac', MAC, '--live');
    t.is((await host.virsh(['-q', 'domiflist', 'wired'])).stdout.trim(), '');
    t.notRegex(await inside('wired', 'ip', '-o', 'link'), /eth0/);
    t.regex(await host.mustVirsh('domiflist', 'wired', '--inactive'), /br0/);
    await host.mustVirsh('detach-interface', 'wired', 'bridge', '--config');
  },
);

test.serial('addresses, routes and the MTU of an attached interface are set inside', async t => {
  const file =
    await document(`<interface type='ethernet'><mac address='${MAC}'/><source><ip address='10.77.0.1' prefix='24'/></source>
    <ip address='10.77.0.2' family='ipv4' prefix='24'/><route address='0.0.0.0' gateway='10.77.0.1'/><guest dev='wan'/><mtu size='1400'/></interface>`);
  await host.mustVirsh('attach-device', 'wired', file, '--live');
  t.regex(await inside('wired', 'ip', '-o', 'addr', 'show', 'wan'), /10\.77\.0\.2\/24/);
  t.regex(await inside('wired', 'ip', 'route'), /default via 10\.77\.0\.1 dev wan/);
  t.regex(await inside('wired', 'ip', 'link', 'show', 'wan'), /mtu 1400/);
  await inside('wired', 'busybox', 'ping', '-c', '1', '-W', '20', '10.77.0.1');
  t.regex(
    await host.mustVirsh('domifaddr', 'wired', '--source', 'arp'),
    new RegExp(`vnet\\d+ +${MAC} +ipv4 +10\\.77\\.0\\.2/`),
  );
  t.regex(await refused(host, 'attach-device', 'wired', file, '--live'), /already/);
  await host.mustVirsh('detach-device', 'wired', file, '--live');
  t.notRegex(await inside('wired', 'ip', '-o', 'link'), /wan/);
  t.notRegex(await outside('ip', '-o', 'link'), /vnet/);
});

test.serial('what fails inside leaves nothing behind', async t => {
  const file = await document(`<interface type='bridge'><mac address='${MAC}'/><source bridge='br0'/>
    <ip address='10.78.0.2' prefix='24'/><route address='10.9.0.0' prefix='16' gateway='192.0.2.1'/></interface>`);
  t.regex(await refused(host, 'attach-device', 'wired', file, '--live'), /Inside of the container/);
  t.notRegex(await inside('wired', 'ip', '-o', 'link'), /eth0/);
  t.notRegex(await outside('ip', '-o', 'link'), /vnet/);
  t.is((await host.virsh(['-q', 'domiflist', 'wired'])).stdout.trim(), '');
});

test.serial('direct interfaces and devices of the host come and go', async t => {
  const direct = await document(
    `<interface type='direct'><mac address='${MAC}'/><source dev='lower' mode='bridge'/></interface>`,
  );
  await host.mustVirsh('attach-device', 'wired', direct, '--live');
  t.regex(
    await inside('wired', 'ip', '-o', '-d', 'link', 'show', 'eth0'),
    new RegExp(`UP.*${MAC}.*macvlan mode bridge`),
  );
  await inside('wired', 'ip', 'link', 'set', 'eth0', 'down');
  await inside('wired', 'ip', 'link', 'set', 'eth0', 'name', 'renamed');
  await host.mustVirsh('detach-device', 'wired', direct, '--live');
  t.notRegex(await inside('wired', 'ip', '-o', 'link'), /renamed|eth0/);

  const lent = await document(
    `<hostdev mode='capabilities' type='net'><source><interface>lower</interface></source><ip address='10.79.0.2' family='ipv4' prefix='24'/></hostdev>`,
  );
  await host.mustVirsh('attach-device', 'wired', lent, '--live');
  t.notRegex(await outside('ip', '-o', 'link'), /lower@/);
  t.regex(await inside('wired', 'ip', '-o', 'addr', 'show', 'lower'), /10\.79\.0\.2\/24/);
  await host.mustVirsh('detach-device', 'wired', lent, '--live');
  t.regex(await outside('ip', '-o', 'link'), /lower@/);
  t.notRegex(await inside('wired', 'ip', '-o', 'link'), /lower/);
});

test.serial('what cannot be attached, changed or detached is refused', async t => {
  await host.mustVirsh('attach-interface', 'wired', 'bridge', 'br0', '--mac', MAC, '--live');
  const update = async (xml: string): Promise<string> =>
    await refused(host, 'update-device', 'wired', await document(xml), '--live');
  const own = (rest: string): string =>
    `<interface type='bridge'><mac address='${MAC}'/><source bridge='br0'/>${rest}</interface>`;
  t.regex(await update(own("<mtu size='1280'/>")), /cannot modify network device MTU/);
  t.regex(await update(own("<guest dev='other'/>")), /cannot modify network device guest name/);
  t.regex(await update(own('').replace('br0', 'nobridge')), /nobridge/);
  t.regex(
    await update(`<interface type='direct'><mac address='${MAC}'/><source dev='lower'/></interface>`),
    /cannot change network interface type/,
  );
  t.regex(await update(own("<vlan><tag id='5'/></vlan>")), /vlan tag not supported/);
  t.regex(
    await update(own('').replace(MAC, '52:54:00:00:00:99')),
    /no device found at address .*matching MAC address '52:54:00:00:00:99'/,
  );
  t.regex(await outside('ip', 'link', 'show'), /master br0/);

  const attach = (...args: readonly string[]): Promise<string> => refused(host, 'attach-interface', ...args, '--live');
  t.regex(await attach('wired', 'bridge', 'nobridge'), /Unable to add bridge nobridge port vnet\d+: No such device/);
  t.regex(await attach('wired', 'network', 'none'), /no network with matching name 'none'/);
  t.regex(await attach('wired', 'direct', 'none'), /Unable to get index for interface none/);
  t.regex(await refused(host, 'domiftune', 'wired', 'vnet99'), /'vnet99' is not a known interface/);
  await host.mustVirsh('attach-interface', 'wired', 'bridge', 'br0', '--mac', MAC, '--live');
  const both = await document(own(''));
  t.regex(
    await refused(host, 'detach-device', 'wired', both, '--live'),
    new RegExp(`multiple devices matching MAC address ${MAC} found`),
  );

  await host.mustVirsh('start', 'alone');
  t.regex(await attach('alone', 'bridge', 'br0'), /without a network of its own/);
});

test.serial('attached interfaces are known to the next daemon, and go with their container', async t => {
  // another server is not ours to restart
  await host.daemon?.stop('SIGKILL');
  if (host.daemon !== null) await host.restart();
  const [, first = '', second = ''] =
    /^ *(vnet\d+).*\n *(vnet\d+)/m.exec(await host.mustVirsh('domiflist', 'wired')) ?? [];
  await host.mustVirsh('domiftune', 'wired', second, '--outbound', '300');
  await host.mustVirsh('attach-interface', 'wired', 'bridge', 'br1', '--live');
  t.regex(await inside('wired', 'ip', '-o', 'link'), /eth2/);
  await host.mustVirsh('destroy', 'wired');
  t.notRegex(await outside('ip', '-o', 'link'), new RegExp(`${first}|vnet`));
});
