import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { hostPaths } from '../drivers/contract/paths.ts';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

const ROUNDS = Number(process.env['LXVIRTD_TEST_ROUNDS'] ?? 4);
const SEED = Number(process.env['LXVIRTD_TEST_SEED'] ?? Date.now() % 1_000_000);
const NAMES = Array.from({ length: 10 }, (_, index) => `churn${index}`);
const CLIENTS = 3;
/** The first containers have an image each, shown by a loop device. */
const WITH_IMAGE = 2;

let host: Host;

test.before(async t => {
  t.timeout(300_000);
  host = await openHost();
  const root = await busyboxRoot(join(host.directory, 'root'));
  await host.sandbox.mustRun('ip', ['link', 'add', 'churn', 'type', 'bridge']);
  for (const [index, name] of NAMES.entries()) await host.define(definition(name, root, await image(index)));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

async function image(index: number): Promise<string> {
  if (index >= WITH_IMAGE) return '';
  const file = join(host.directory, `image${index}`);
  await host.sandbox.mustRun('truncate', ['--size', '4M', file]);
  await host.sandbox.mustRun('mkfs.ext4', ['-q', file]);
  return `<filesystem type='file'><driver type='loop'/><source file='${file}'/><target dir='/mnt'/></filesystem>`;
}

const definition = (name: string, root: string, devices: string): string => `
  <domain type='lxc'>
    <name>${name}</name>
    <memory unit='MiB'>64</memory>
    <os><type>exe</type><init>/bin/sleep</init><initarg>1000000</initarg></os>
    <devices>
      <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
      ${devices}
      <interface type='bridge'><source bridge='churn'/></interface>
      <console type='pty'/>
    </devices>
  </domain>`;

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A client that starts and destroys, until it is disposed of. */
async function churn(seed: string): Promise<AsyncDisposable> {
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const script = join(import.meta.dirname, 'clients/churn.py');
  const command = ['setpriv', '--pdeathsig', 'KILL', '/usr/bin/python3', script, host.uri, seed, ...NAMES];
  const client = spawn(enter, [...prefix, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(client.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(client, 'exit');
      client.kill('SIGKILL');
      await ended;
    },
  };
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .toSorted();

const shell = async (script: string): Promise<string[]> => lines((await host.sandbox.run('sh', ['-c', script])).stdout);

interface Traces {
  readonly controllers: readonly string[];
  readonly files: readonly string[];
  readonly cgroups: readonly string[];
  /** Their number: the kernel chooses the names. */
  readonly links: number;
  readonly images: readonly string[];
}
const NOTHING: Traces = { controllers: [], files: [], cgroups: [], links: 0, images: [] };
const agree = (some: Traces, others: Traces): boolean => JSON.stringify(some) === JSON.stringify(others);

/** Everything that a running container consists of on the host, each as it should follow from the list of what runs. */
async function traces(): Promise<{ readonly expected: Traces; readonly found: Traces }> {
  const ids = lines(await host.mustVirsh('list', '--id'));
  const names = lines(await host.mustVirsh('list', '--name'));
  const run = join(host.directory, 'daemon/run/libvirt/lxc');
  const files = await shell(`cd ${run} && ls`);
  const cgroups = await shell(
    `find /sys/fs/cgroup -path '*${hostPaths(join(host.directory, 'daemon')).cgroupParent}/machine/*' -name '*.libvirt-lxc' -printf '%f\\n' | sort -u`,
  );
  const images = await shell(`losetup --noheadings --output BACK-FILE | grep '${host.directory}'`);
  return {
    expected: {
      controllers: ids,
      files: names.flatMap(name => [`${name}.pid`, `${name}.sock`, `${name}.xml`]).toSorted(),
      cgroups: names,
      links: names.length,
      images: names.filter(name => NAMES.indexOf(name) < WITH_IMAGE).map(name => `image${NAMES.indexOf(name)}`),
    },
    found: {
      controllers: await shell('pgrep lxvirt-controll'),
      files: files.filter(name => name.startsWith('churn')),
      cgroups: cgroups.map(name => /^lxc-\w+-(.*)\.libvirt-lxc$/.exec(name)?.[1] ?? name).toSorted(),
      links: (await shell('ip -o link show master churn')).length,
      images: images.map(path => path.slice(path.lastIndexOf('/') + 1)),
    },
  };
}

test.serial('a daemon that is killed at any moment leaves nothing behind and loses nothing', async t => {
  if (host.daemon === null) {
    t.log('not against a foreign server: it is not ours to kill');
    t.pass();
    return;
  }
  t.timeout(180_000 * (ROUNDS + 1));
  t.log(`LXVIRTD_TEST_SEED=${SEED} LXVIRTD_TEST_ROUNDS=${ROUNDS}`);
  const chance = numbers(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const moment = 200 + 1300 * chance();
    {
      await using clients = new AsyncDisposableStack();
      for (let client = 0; client < CLIENTS; client += 1) clients.use(await churn(`${SEED}.${round}.${client}`));
      await sleep(moment);
      await host.daemon.stop('SIGKILL');
    }
    await host.restart();
    let last = await traces();
    await until('all traces agree', async () => {
      last = await traces();
      return agree(last.expected, last.found);
    }).catch(() => undefined);
    t.deepEqual(last.found, last.expected, `round ${round}, killed after ${Math.round(moment)} ms`);
    t.log(
      `round ${round}: killed after ${Math.round(moment)} ms, ${last.expected.controllers.length} containers taken over`,
    );
  }
  for (const name of NAMES) await host.virsh(['destroy', name]);
  await until('nothing is left', async () => agree((await traces()).found, NOTHING));
});
