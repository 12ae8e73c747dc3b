import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Page, openPage } from './cockpit/page.ts';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

/** Stock cockpit-machines in a headless Chromium, with a daemon that answers qemu:///system. */
let host: Host;
let page: Page;
let root: string;

const HERE = join(import.meta.dirname, 'cockpit');
const SCREENSHOTS = join(
  process.env['LXVIRTD_SCREENSHOTS'] ?? join(import.meta.dirname, '../build/screenshots'),
  'cockpit',
);
const URL = 'http://127.0.0.1:9090/cockpit/@localhost/machines/index.html';
const LIMIT = 300_000;

test.before(async t => {
  t.timeout(LIMIT);
  host = await openHost({ prepare: configure });
  root = await busyboxRoot(join(host.directory, 'root'));
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const name of ['web', 'other']) await define(name);
  await serveCockpit();
  page = await openPage(host.sandbox, join(host.directory, 'browser'));
  await page.open(URL);
  // cockpit wants to be told, once, that virtual machines are not what is wanted here.
  await page.says(/web\s+System|Ignore/);
  if (/Ignore/.test(await page.text())) await page.click('button', 'Ignore');
});
test.after.always(async () => {
  page?.[Symbol.dispose]();
  await host?.[Symbol.asyncDispose]();
});

const configure = async (root: string): Promise<void> => {
  const etc = join(root, 'etc/libvirt');
  await mkdir(etc, { recursive: true });
  await writeFile(join(etc, 'libvirtd.conf'), 'answer_qemu_system = 1\n');
};

const define = (name: string): Promise<void> =>
  host.define(`<domain type='lxc'><name>${name}</name><uuid>${randomUUID()}</uuid><memory unit='MiB'>64</memory>
    <os><type>exe</type><init>/sbin/init</init></os><features><privnet/></features><devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`);

/** It ends with the sandbox. */
async function serveCockpit(): Promise<void> {
  const socket = host.uri.replace(/.*socket=/, '');
  const [enter = 'env', ...inside] = host.sandbox.prefix;
  const session = ['sh', join(HERE, 'session.sh'), socket, join(host.directory, 'cockpit')];
  spawn(enter, [...inside, 'unshare', '--mount', '--propagation', 'private', ...session], { stdio: 'ignore' });
  await until('cockpit answers', async () => (await host.sandbox.run('curl', ['--silent', URL])).status === 0);
}

const see = (name: string): Promise<void> => page.screenshot(join(SCREENSHOTS, `${name}.png`));
const state = async (name: string): Promise<string> => (await host.mustVirsh('domstate', name)).trim();

test.serial('lists containers', async t => {
  t.timeout(LIMIT);
  await page.says(/web\s+System\s+Shut off/);
  await page.says(/other\s+System\s+Shut off/);
  await see('list');
  t.regex(await page.text(), /Virtual machines/);
});

test.serial('starts a container, and types on its console', async t => {
  t.timeout(LIMIT);
  await page.click('#vm-web-system-run');
  await page.says(/web\s+System\s+Running/);
  t.is(await state('web'), 'running');
  await page.click('a', 'web');
  await page.says(/BUSYBOX-CONTAINER-READY/);
  await page.click('.xterm, .terminal, .xterm-screen');
  await page.type('echo $((6*7))-answers\n');
  await page.says(/42-answers/);
  await see('container');
});

test.serial('stops a container', async t => {
  t.timeout(LIMIT);
  await page.click('#vm-web-system-shutdown-button');
  await page.says(/State\s+Shut off/);
  t.is(await state('web'), 'shut off');
});

test.serial('deletes a container', async t => {
  t.timeout(LIMIT);
  await page.click('button.pf-c-dropdown__toggle');
  await page.click('.pf-c-dropdown__menu a, .pf-c-dropdown__menu button', 'Delete');
  await see('delete');
  await page.click('.pf-c-modal-box button', 'Delete');
  await page.saysNoMore(/\bweb\b/);
  await page.says(/other\s+System/);
  t.is((await host.mustVirsh('list', '--all', '--name')).trim(), 'other');
});

test.serial('qemu:///session is refused', async t => {
  const refused = (uri: string): Promise<string> =>
    host.sandbox.run('virsh', ['-c', uri, 'list']).then(({ stderr }) => stderr);
  const socket = host.uri.replace(/.*socket=/, 'socket=');
  t.regex(await refused(`qemu+unix:///session?${socket}`), /no connection driver available for qemu:\/\/\/session/);
});
