import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { randomUUID } from 'node:crypto';
import { mustRun } from './harness/run.ts';

/** What a host has besides its containers, through libvirt's bindings for several languages. */
let host: Host;

const CLIENTS = join(import.meta.dirname, 'clients');

test.before(async t => {
  t.timeout(120_000);
  host = await openHost();
  const define = async (command: string, xml: string): Promise<void> => {
    await host.mustVirsh(command, await written(xml));
  };
  await define('net-define', `<network><name>lan</name><bridge name='lan0'/></network>`);
  await host.mustVirsh('net-start', 'lan');
  await mkdir(join(host.directory, 'tank'));
  await define(
    'pool-define',
    `<pool type='dir'><name>tank</name><target><path>${host.directory}/tank</path></target></pool>`,
  );
  await host.mustVirsh('pool-start', 'tank');
  await host.mustVirsh('vol-create-as', 'tank', 'first', '1M');
  await host.define(
    `<domain type='lxc'><name>stopped</name><memory>65536</memory><os><type>exe</type><init>/bin/true</init></os></domain>`,
  );
  await define('secret-define', `<secret><usage type='volume'><volume>/first</volume></usage></secret>`);
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const written = (xml: string): Promise<string> => host.file(`${randomUUID()}.xml`, xml);

test.serial('the OCaml binding lists networks, pools, volumes and secrets', async t => {
  t.timeout(120_000);
  const source = join(host.directory, 'host_lists.ml');
  await copyFile(join(CLIENTS, 'host_lists.ml'), source);
  const program = join(host.directory, 'host-lists');
  await mustRun('ocamlopt', ['-I', '+libvirt', 'mllibvirt.cmxa', source, '-o', program]);
  const told = await host.sandbox.mustRun(program, [host.uri]);
  t.deepEqual(told.trim().split('\n'), [
    'networks lan',
    'pools tank',
    'secrets 1',
    'stopped stopped',
    'bridge lan0',
    'volumes first',
    'capacity 1048576',
  ]);
});

test.serial('the Ruby binding lists networks, pools, volumes, devices and secrets', async t => {
  const told = await host.sandbox.mustRun('ruby', [join(CLIENTS, 'host-lists.rb'), host.uri]);
  t.deepEqual(told.trim().split('\n'), [
    'networks lan bridge lan0 active true',
    'pools tank volumes first capacity 1048576',
    'computer true secrets 1 interfaces lo',
  ]);
});

test.serial('the Perl binding lists networks, pools, volumes, devices, filters and secrets', async t => {
  const told = await host.sandbox.mustRun('perl', [join(CLIENTS, 'host-lists.pl'), host.uri]);
  t.deepEqual(told.trim().split('\n'), [
    'networks lan bridge lan0 active 1',
    'pools tank volumes first capacity 1048576',
    'computer 1 secrets 1 clean-traffic 1',
  ]);
});

test.serial('the PHP binding lists networks, pools, volumes, devices and filters', async t => {
  const told = await host.sandbox.mustRun('php', [join(CLIENTS, 'host-lists.php'), host.uri]);
  t.deepEqual(told.trim().split('\n'), [
    'networks lan bridge lan0 active 1',
    'pools tank volumes first capacity 1048576',
    'computer true filter true',
  ]);
});
