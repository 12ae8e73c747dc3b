import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { debianRoot } from './harness/roots.ts';
import { mustRun } from './harness/run.ts';
import { until } from './harness/until.ts';

let host: Host;

test.before(async t => {
  t.timeout(900_000, 'the Debian root is made the first time');
  await debianRoot('bookworm');
  host = await openHost();
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const ID_OFFSET = 100_000;

interface Guest {
  readonly name: string;
  readonly shifted: boolean;
}

async function define({ name, shifted }: Guest): Promise<void> {
  const root = join(host.directory, name);
  await mustRun('cp', ['--archive', '--reflink=auto', await debianRoot('bookworm'), root], { deadline: 300_000 });
  if (shifted) await mustRun('python3', [join(import.meta.dirname, 'harness/shift-ids.py'), root, String(ID_OFFSET)]);
  const map = `start='0' target='${ID_OFFSET}' count='65536'`;
  await host.define(`
    <domain type='lxc'>
      <name>${name}</name>
      <memory unit='MiB'>512</memory>
      <os><type>exe</type><init>/sbin/init</init></os>
      ${shifted ? `<idmap><uid ${map}/><gid ${map}/></idmap>` : ''}
      <features><privnet/></features>
      <devices>
        <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
        <console type='pty'/>
      </devices>
    </domain>`);
}

const state = async (name: string): Promise<string> => (await host.mustVirsh('domstate', name)).trim();
const id = async (name: string): Promise<string> => (await host.mustVirsh('domid', name)).trim();

async function reachesLogin(name: string): Promise<void> {
  using console = host.terminal(['console', name]);
  // The prompt may have come before anybody watched: ask for a new one.
  const ask = setInterval(() => console.type('\n'), 2000);
  try {
    await console.expect(/login: /, 120_000);
  } finally {
    clearInterval(ask);
  }
}

const boots = test.macro(async (t, guest: Guest) => {
  const { name } = guest;
  t.timeout(600_000);
  await define(guest);
  await host.mustVirsh('start', name);
  await reachesLogin(name);

  const before = await id(name);
  await host.mustVirsh('reboot', name);
  await until('the container is back under a new id', async () => {
    const now = await id(name);
    return now !== '-' && now !== before;
  });
  await reachesLogin(name);

  await host.mustVirsh('shutdown', name);
  await until('the container is shut off', async () => (await state(name)) === 'shut off');
  await host.mustVirsh('undefine', name);
  t.pass();
});

test.serial('a Debian with systemd boots to its login prompt, reboots and shuts down', boots, {
  name: 'plain',
  shifted: false,
});
test.serial('a Debian with systemd does so as an unprivileged user of the host', boots, {
  name: 'shifted',
  shifted: true,
});
