import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

/** A file of the test's own. */
const at = (name: string): string => join(host.directory, name);

async function image(name: string): Promise<string> {
  await writeFile(at(name), `this is ${name}\n`);
  await truncate(at(name), 1 << 20);
  return at(name);
}

test.serial('virsh changes the devices of running and of stopped domains', async t => {
  const root = await busyboxRoot(at('root'));
  await host.define(
    `<domain type='lxc'><name>hot</name><memory>200000</memory><os><type>exe</type><init>/bin/sh</init></os><devices>
      <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
      <disk type='file' device='cdrom'><target dev='sda'/></disk><console type='pty'/></devices></domain>`,
  );
  const mustVirsh = (...args: string[]): Promise<string> => host.mustVirsh(...args);
  const [first, second] = [await image('first'), await image('second')];
  const targets = async (...options: string[]): Promise<string[]> =>
    [...(await mustVirsh('domblklist', 'hot', ...options)).matchAll(/^ (\w+) +(\S+)$/gm)].map(
      ([, target, source = '']) => `${target} ${source.replace(`${host.directory}/`, '')}`,
    );

  await mustVirsh('attach-disk', 'hot', first, 'vda', '--sourcetype', 'file', '--config');
  t.deepEqual(await targets(), ['sda -', 'vda first']);
  await mustVirsh('detach-disk', 'hot', 'vda', '--persistent');
  t.deepEqual(await targets(), ['sda -']);

  await mustVirsh('start', 'hot');
  using events = host.terminal(['event', '--all', '--loop']);
  using console = host.terminal(['console', 'hot']);
  await console.expect(/Escape character is \^\]/);
  const say = async (command: string, answer: RegExp): Promise<void> => {
    console.type(`${command}\n`);
    await console.expect(answer);
  };
  await say('stty -echo', /[#$] /);

  await mustVirsh('attach-disk', 'hot', first, 'vda', '--sourcetype', 'file', '--live');
  await events.expect(/device-added' for domain 'hot': virtio-disk0/);
  await say('head -n 1 /dev/vda', /this is first/);
  t.deepEqual(await targets(), ['sda -', 'vda first']);
  t.deepEqual(await targets('--inactive'), ['sda -']);
  t.regex(await mustVirsh('domblkstat', 'hot', 'vda'), /^vda rd_bytes \d+$/m);
  await mustVirsh('detach-disk', 'hot', 'vda', '--current');
  await events.expect(/device-removed' for domain 'hot': virtio-disk0/);
  await say('ls /dev/vda', /No such file/);

  await mustVirsh('change-media', 'hot', 'sda', second, '--insert', '--live', '--config');
  await say('head -n 1 /dev/sda', /this is second/);
  t.deepEqual(await targets('--inactive'), ['sda second']);
  await mustVirsh('change-media', 'hot', 'sda', '--eject', '--live', '--config', '--force');
  t.deepEqual(await targets(), ['sda -']);

  const filesystem = await host.file(
    'filesystem.xml',
    `<filesystem type='mount'><source dir='${host.directory}'/><target dir='/mnt'/><alias name='ua-tree'/></filesystem>`,
  );
  await mustVirsh('attach-device', 'hot', filesystem, '--live', '--config');
  await say('head -n 1 /mnt/first', /this is first/);
  await mustVirsh('detach-device-alias', 'hot', 'ua-tree', '--live');
  await events.expect(/device-removed' for domain 'hot': ua-tree/);
  await say('ls /mnt/first', /No such file/);
  await mustVirsh('detach-device', 'hot', filesystem, '--config');
  t.notRegex(await mustVirsh('dumpxml', 'hot', '--inactive'), /ua-tree/);

  const mac = '52:54:00:aa:bb:cc';
  await mustVirsh('attach-interface', 'hot', 'bridge', 'br0', '--mac', mac, '--config');
  t.regex(await mustVirsh('domiflist', 'hot', '--inactive'), new RegExp(`br0 .*${mac}`));
  await mustVirsh('domif-setlink', 'hot', mac, 'down', '--config');
  t.regex(await mustVirsh('domif-getlink', 'hot', mac, '--config'), /down/);
  const update = await host.file(
    'interface.xml',
    `<interface type='bridge'><mac address='${mac}'/><source bridge='br1'/></interface>`,
  );
  await mustVirsh('update-device', 'hot', update, '--config');
  t.regex(await mustVirsh('domiflist', 'hot', '--inactive'), new RegExp(`br1 .*${mac}`));
  await mustVirsh('detach-interface', 'hot', 'bridge', '--mac', mac, '--config');
  t.notRegex(await mustVirsh('domiflist', 'hot', '--inactive'), new RegExp(mac));

  await mustVirsh('attach-disk', 'hot', first, 'vdb', '--sourcetype', 'file', '--persistent');
  await mustVirsh('destroy', 'hot');
  t.deepEqual(await targets(), ['sda -', 'vdb first']);
});
