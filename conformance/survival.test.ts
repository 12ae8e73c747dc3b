import { spawn } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

const COUNT = 20;
const ESCAPE = '\u001d';
const NAMES = Array.from({ length: COUNT }, (_, index) => `survivor${index}`);

let host: Host;
let root: string;

test.before(async () => {
  host = await openHost();
  root = await busyboxRoot(join(host.directory, 'root'));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

async function startContainer(on: Host, name: string): Promise<void> {
  await on.define(`
    <domain type='lxc'>
      <name>${name}</name>
      <memory unit='MiB'>64</memory>
      <os><type>exe</type><init>/bin/sh</init></os>
      <features><privnet/></features>
      <devices>
        <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
        <console type='pty'/>
      </devices>
    </domain>`);
  await on.mustVirsh('start', name);
}

/** Ids by name, of what runs. */
async function running(): Promise<Map<string, string>> {
  const list = await host.mustVirsh('list');
  return new Map([...list.matchAll(/^ *(\d+) +(\S+) +running$/gm)].map(([, id = '', name = '']) => [name, id]));
}

async function consoleAnswers(name: string): Promise<void> {
  using console = host.terminal(['console', name]);
  await console.expect(/Escape character/);
  console.type('\necho still $((40 + 2))\n');
  await console.expect(/still 42\r/);
  console.type(ESCAPE);
  await console.ended();
}

/** Everything that `virsh event` prints from now on, once it is known to watch. */
async function watchEvents(): Promise<{ seen(): string } & Disposable> {
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const command = ['stdbuf', '--output=L', 'virsh', '-c', host.uri, 'event', '--all', '--loop'];
  const watcher = spawn(enter, [...prefix, ...command]);
  let seen = '';
  watcher.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  await until('virsh event watches', async () => {
    await host.mustVirsh('desc', NAMES[0] ?? '', '--config', 'watched');
    return seen !== '';
  });
  return { seen: () => seen, [Symbol.dispose]: () => void watcher.kill('SIGKILL') };
}

test.serial('containers outlive a killed daemon, and the next one takes all of them over', async t => {
  if (host.daemon === null) {
    t.log('not against a foreign server: it is not ours to kill');
    t.pass();
    return;
  }
  t.timeout(300_000);
  for (const name of NAMES) await startContainer(host, name);
  const before = await running();
  t.is(before.size, COUNT);

  await host.daemon.stop('SIGKILL');
  const ids = [...before.values()];
  await host.sandbox.mustRun('kill', ['-0', ...ids]);
  await host.restart();
  t.deepEqual(await running(), before);
  for (const name of NAMES.slice(0, 3)) await consoleAnswers(name);

  using events = await watchEvents();
  const [first = '', second = '', third = ''] = NAMES;
  const init = (await host.sandbox.mustRun('pgrep', ['--parent', before.get(first) ?? ''])).trim();
  await host.sandbox.mustRun('kill', ['-KILL', init]);
  await until(
    'the end of init is noticed',
    async () => (await host.mustVirsh('domstate', first)).trim() === 'shut off',
  );
  await until('its event', () => new RegExp(`domain '${first}': Stopped `).test(events.seen()));

  await host.mustVirsh('destroy', second);
  await until('the event of destroy', () => events.seen().includes(`domain '${second}': Stopped Destroyed`));

  const controller = before.get(third) ?? '';
  const guest = (await host.sandbox.mustRun('pgrep', ['--parent', controller])).trim();
  await host.sandbox.mustRun('kill', ['-KILL', controller]);
  await until(
    'the end of a controller is noticed',
    async () => (await host.mustVirsh('domstate', third)).trim() === 'shut off',
  );
  await until('its event', () => events.seen().includes(`domain '${third}': Stopped Failed`));
  t.is((await host.sandbox.run('kill', ['-0', guest])).status, 1, 'the container ends with its controller');
  await host.mustVirsh('start', third);
  await consoleAnswers(third);

  t.is((await running()).size, COUNT - 2);
  for (const name of NAMES) {
    await host.virsh(['destroy', name]);
    await host.mustVirsh('undefine', name);
  }
});

test.serial('a daemon that ended in order leaves its containers alone, too', async t => {
  if (host.daemon === null) {
    t.log('not against a foreign server: it is not ours to stop');
    t.pass();
    return;
  }
  await startContainer(host, 'steady');
  const before = await running();
  await host.daemon.stop('SIGTERM');
  await host.restart();
  t.deepEqual(await running(), before);
  await consoleAnswers('steady');
  await host.mustVirsh('destroy', 'steady');
  await host.mustVirsh('undefine', 'steady');
});

test.serial('two daemons with roots of their own live side by side', async t => {
  await using other = await openHost();
  await startContainer(host, 'twin');
  if (host.daemon === null) {
    t.log('not against a foreign server: there is one only');
    t.pass();
    return;
  }
  await startContainer(other, 'twin');
  await other.mustVirsh('destroy', 'twin');
  t.is((await host.mustVirsh('domstate', 'twin')).trim(), 'running');
  t.is((await other.mustVirsh('list', '--name')).trim(), '');
  await host.mustVirsh('destroy', 'twin');
  await host.mustVirsh('undefine', 'twin');
});
