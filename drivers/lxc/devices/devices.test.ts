import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { DomainModificationImpact as Impact, ErrorCode as Code } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { Console, failure, running, started, tree } from '../testing/containers.ts';
import { type DriverFixture, until } from '../testing/driver-fixture.ts';
import type { DomainXml } from '../testing/domain-xml.ts';

const { LIVE, CONFIG } = Impact;

const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-devices-'));
const at = (name: string): string => join(directory, name);
mkdirSync(at('shared'));
writeFileSync(at('shared/hello'), 'from the host\n');
execFileSync('mkfs.ext4', ['-q', '-d', at('shared'), at('filesystem'), '8M'], { stdio: 'pipe' });
test.after.always(() => {
  rmSync(directory, { recursive: true });
  tree.remove();
});

let images = 0;

/** An image of one test's own. */
function diskImage(contents = 'contents of the image'): string {
  const file = at(`image${images++}`);
  writeFileSync(file, `${contents}\n`);
  truncateSync(file, 1 << 20);
  return file;
}

/** One with a filesystem that holds the file "hello". */
function filesystemImage(): string {
  const file = at(`image${images++}`);
  copyFileSync(at('filesystem'), file);
  return file;
}

const unattached = (file: string): Promise<void> => until('its loop device is gone', () => loopsOf(file).length === 0);

/** A container with a shell at its console. */
class Shell {
  readonly ref: DomainRef;
  readonly #console: Console;
  #count = 0;

  private constructor(ref: DomainRef, console: Console) {
    this.ref = ref;
    this.#console = console;
  }

  static async in(fixture: DriverFixture, options: Partial<DomainXml> = {}): Promise<Shell> {
    const ref = await running(fixture, { script: 'stty -echo; echo SHELL; exec sh', ...options }, 'SHELL');
    return new Shell(ref, new Console(await fixture.driver.domainOpenConsole(ref, null, 0)));
  }

  /** What a command says, both streams. */
  async say(command: string): Promise<string> {
    const mark = `END-${++this.#count}`;
    const from = this.#console.text.length;
    this.#console.write(`PS1=; { ${command}; } 2>&1; echo "${mark.slice(0, 3)}"-${this.#count}\n`);
    await until(mark, () => this.#console.text.slice(from).includes(mark));
    const text = this.#console.text.slice(from).replaceAll('\r', '');
    return text
      .slice(0, text.indexOf(mark))
      .replace(/^([#$] )+/gm, '')
      .trim();
  }
}

const fileDisk = (target: string, file: string, more = ''): string =>
  `<disk type='file'><source file='${file}'/><target dev='${target}'/>${more}</disk>`;

function filesystemXml(type: string, source: string, target: string): string {
  return `<filesystem type='${type}'><source ${source}/><target dir='${target}'/></filesystem>`;
}

const loopsOf = (file: string): string[] =>
  readdirSync('/sys/block')
    .filter(name => name.startsWith('loop'))
    .filter(name => {
      try {
        return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim() === file;
      } catch {
        return false;
      }
    });

const plainEvents = ({ events }: DriverFixture): string[] =>
  events.flatMap(event => ('alias' in event ? [`${event.kind} ${event.alias}`] : []));

test('a disk comes and goes, and its device with it', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const shell = await Shell.in(fixture);
  const image = diskImage();
  const disk = fileDisk('vdb', image);
  await driver.domainAttachDeviceFlags(shell.ref, disk, LIVE);
  t.is(await shell.say('head -n 1 /dev/vdb'), 'contents of the image');
  t.regex(driver.domainGetXmlDesc(shell.ref, 0), /<alias name='virtio-disk1'\/>/);
  t.notRegex(driver.domainGetXmlDesc(shell.ref, 2), /vdb/);
  t.is(loopsOf(image).length, 1);
  for (const name of ['vdb', 'virtio-disk1', image])
    t.true((await driver.domainBlockStats(shell.ref, name)).readBytes > 0n, name);
  await shell.say('ln /dev/vdb /dev/kept');
  await driver.domainDetachDeviceFlags(shell.ref, disk, LIVE);
  t.is(await shell.say('ls /dev/vdb'), 'ls: /dev/vdb: No such file or directory');
  t.regex(await shell.say('cat /dev/kept'), /not permitted/);
  await unattached(image);
  t.deepEqual(plainEvents(fixture), ['deviceAdded virtio-disk1', 'deviceRemoved virtio-disk1']);
  t.deepEqual(fixture.complaints, []);
});

test('another daemon knows what was attached', async t => {
  const fixture = await started(t);
  const shell = await Shell.in(fixture);
  const image = diskImage();
  await fixture.driver.domainAttachDeviceFlags(shell.ref, fileDisk('vdb', image, '<readonly/>'), LIVE);
  await fixture.restart();
  await fixture.driver.domainAttachDeviceFlags(shell.ref, filesystemXml('ram', "usage='1024'", '/run/hot'), LIVE);
  t.is(await shell.say('head -n 1 /dev/vdb'), 'contents of the image');
  t.regex(await shell.say('echo > /dev/vdb'), /not permitted/);
  await fixture.driver.domainDetachDeviceAlias(shell.ref, 'virtio-disk1', LIVE);
  t.is(await shell.say('ls /dev/vdb'), 'ls: /dev/vdb: No such file or directory');
  await unattached(image);
});

test('what was attached goes with the container, whoever is there', async t => {
  const fixture = await started(t);
  const { ref } = await Shell.in(fixture);
  const [image, filesystem] = [diskImage(), filesystemImage()];
  await fixture.driver.domainAttachDeviceFlags(ref, fileDisk('vdb', image), LIVE);
  await fixture.driver.domainAttachDeviceFlags(ref, filesystemXml('file', `file='${filesystem}'`, '/run/hot'), LIVE);
  t.deepEqual(
    [image, filesystem].map(file => loopsOf(file).length),
    [1, 1],
  );
  await fixture.restart(() => void process.kill(ref.id, 'SIGKILL'));
  await unattached(image);
  await unattached(filesystem);
});

test('a loop device that the container started with can be detached, too', async t => {
  const fixture = await started(t);
  const [image, filesystem] = [diskImage(), filesystemImage()];
  const devices = fileDisk('vda', image) + filesystemXml('file', `file='${filesystem}'`, '/run/hot');
  const shell = await Shell.in(fixture, { devices });
  t.is(await shell.say('head -n 1 /dev/vda; cat /run/hot/hello'), 'contents of the image\nfrom the host');
  await fixture.restart();
  await fixture.driver.domainDetachDeviceFlags(shell.ref, fileDisk('vda', image), LIVE);
  await fixture.driver.domainDetachDeviceAlias(shell.ref, 'fs2', LIVE);
  t.is(await shell.say('ls -d /dev/vda /run/hot/hello 2>/dev/null'), '');
  await unattached(image);
  await unattached(filesystem);
});

test('a reboot keeps what was attached', async t => {
  const fixture = await started(t);
  const shell = await Shell.in(fixture, { script: 'stty -echo; head -n 1 /dev/vdb; echo SHELL; exec sh' });
  await fixture.driver.domainAttachDeviceFlags(shell.ref, fileDisk('vdb', diskImage()), LIVE);
  await fixture.driver.domainReboot(shell.ref, 0);
  await until('it is back', () => {
    const ids = fixture.driver.connectListDomains();
    return ids.length === 1 && !ids.includes(shell.ref.id);
  });
  const console = new Console(await fixture.driver.domainOpenConsole(shell.ref, null, 0));
  await console.until('contents of the image');
  t.pass();
});

const drive = (medium: string): string => `<disk type='file' device='cdrom'>${medium}<target dev='sda'/></disk>`;

test('a drive gets another medium, and none', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const [first, second] = [diskImage('first'), diskImage('second')];
  const on = (file: string): string => drive(`<source file='${file}'/>`);
  const shell = await Shell.in(fixture, { devices: drive('') });
  t.is(await shell.say('ls /dev/sda 2>/dev/null'), '');
  await driver.domainUpdateDeviceFlags(shell.ref, on(first), LIVE | CONFIG);
  t.is(await shell.say('head -n 1 /dev/sda'), 'first');
  await driver.domainUpdateDeviceFlags(shell.ref, on(second), LIVE);
  t.is(await shell.say('head -n 1 /dev/sda'), 'second');
  await unattached(first);
  const failed = await failure(() => driver.domainUpdateDeviceFlags(shell.ref, on('/nonexistent'), LIVE));
  t.is(failed.code, Code.SYSTEM_ERROR);
  t.is(await shell.say('head -n 1 /dev/sda'), 'second');
  await driver.domainUpdateDeviceFlags(shell.ref, drive(''), LIVE | 4);
  t.is(await shell.say('ls /dev/sda 2>/dev/null'), '');
  await unattached(second);
  t.true(driver.domainGetXmlDesc(shell.ref, 2).includes(first));
});

test("devices of the host come and go as what they are, a paused domain's too", async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const shell = await Shell.in(fixture);
  const misc = "<hostdev mode='capabilities' type='misc'><source><char>/dev/kmsg</char></source></hostdev>";
  const loop = readdirSync('/dev').find(name => /^loop\d+$/.test(name)) ?? 'loop0';
  const storage = `<hostdev mode='capabilities' type='storage'><source><block>/dev/${loop}</block></source></hostdev>`;
  await driver.domainSuspend(shell.ref);
  await driver.domainAttachDeviceFlags(shell.ref, misc, LIVE);
  await driver.domainAttachDeviceFlags(shell.ref, storage, LIVE);
  await driver.domainResume(shell.ref);
  t.is(await shell.say(`stat -c %F /dev/kmsg /dev/${loop}`), 'character special file\nblock special file');
  t.is(await shell.say('ln /dev/kmsg /dev/kept; (: < /dev/kept) && echo opened'), 'opened');
  await driver.domainDetachDeviceFlags(shell.ref, misc, LIVE);
  await driver.domainDetachDeviceAlias(shell.ref, 'hostdev1', LIVE);
  t.regex(await shell.say('(: < /dev/kept)'), /not permitted/);
  t.is(await shell.say(`ls /dev/kmsg /dev/${loop} 2>/dev/null`), '');
  t.is((await failure(() => driver.domainDetachDeviceFlags(shell.ref, misc, LIVE))).code, Code.OPERATION_FAILED);
});

/** What a container does to be given nothing, and what it has afterwards. */
const fights = test.macro({
  title: (_, what: string) => `${what} is an error for the client, and of no effect elsewhere`,
  async exec(t, _what: string, trap: string, left: string, code: Code) {
    const fixture = await started(t);
    const { driver } = fixture;
    const shell = await Shell.in(fixture);
    const image = diskImage();
    await shell.say(trap);
    const error = await failure(() => driver.domainAttachDeviceFlags(shell.ref, fileDisk('vdb', image), LIVE));
    t.is(error.code, code);
    t.is(await shell.say('for at in /dev/vdb /run/vdb; do [ -e $at -o -L $at ] && echo $at; done'), left);
    t.notRegex(driver.domainGetXmlDesc(shell.ref, 0), /vdb/);
    await unattached(image);
    t.deepEqual(plainEvents(fixture), []);
  },
});

test(fights, 'a link', 'ln -s /run/vdb /dev/vdb', '/dev/vdb', Code.SYSTEM_ERROR);
test(fights, 'a directory', 'mkdir /dev/vdb', '/dev/vdb', Code.SYSTEM_ERROR);
test(fights, 'a file', 'echo > /dev/vdb', '/dev/vdb', Code.SYSTEM_ERROR);
test(fights, '/dev that may not be written', 'mount -o remount,ro /dev', '', Code.SYSTEM_ERROR);
test(fights, '/dev that is something else', 'mount -t proc proc /dev', '', Code.SYSTEM_ERROR);

test('what has taken the place of a disk stays, and the disk is gone', async t => {
  const fixture = await started(t);
  const shell = await Shell.in(fixture);
  const image = diskImage();
  await fixture.driver.domainAttachDeviceFlags(shell.ref, fileDisk('vdb', image), LIVE);
  await shell.say('mv /dev/vdb /dev/kept; mkdir /dev/vdb');
  await fixture.driver.domainDetachDeviceFlags(shell.ref, fileDisk('vdb', image), LIVE);
  t.regex(await shell.say('cat /dev/kept'), /not permitted/);
  t.is(await shell.say('ls -d /dev/vdb'), '/dev/vdb');
  await unattached(image);
});

test('what the container has mounted over a filesystem is not taken for it', async t => {
  const fixture = await started(t);
  const shell = await Shell.in(fixture);
  const device = filesystemXml('mount', `dir='${at('shared')}'`, '/run/hot');
  await fixture.driver.domainAttachDeviceFlags(shell.ref, device, LIVE);
  await shell.say('mount -t tmpfs over /run/hot');
  const error = await failure(() => fixture.driver.domainDetachDeviceFlags(shell.ref, device, LIVE));
  t.is(error.code, Code.OPERATION_FAILED);
  await shell.say('umount /run/hot');
  t.is(await shell.say('cat /run/hot/hello'), 'from the host');
  await fixture.driver.domainDetachDeviceFlags(shell.ref, device, LIVE);
  t.is(await shell.say('ls /run/hot'), '');
});

const idmap =
  "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>";

test('a container with an idmap can use its devices', async t => {
  const fixture = await started(t);
  const shell = await Shell.in(fixture, { elements: idmap });
  const image = diskImage();
  await fixture.driver.domainAttachDeviceFlags(shell.ref, fileDisk('vdb', image), LIVE);
  t.is(await shell.say('stat -c "%u %g" /dev/vdb; echo new > /dev/vdb; head -n 1 /dev/vdb'), '0 0\nnew');
  await fixture.driver.domainDetachDeviceFlags(shell.ref, fileDisk('vdb', image), LIVE);
  t.is(await shell.say('ls /dev/vdb 2>/dev/null'), '');
});

const mounts = test.macro({
  title: (_, name: string) => `${name} is mounted and unmounted`,
  async exec(t, _name: string, device: () => string, look: string, seen: string, elements: string) {
    const fixture = await started(t);
    const { driver } = fixture;
    const shell = await Shell.in(fixture, { elements });
    const xml = device();
    await driver.domainAttachDeviceFlags(shell.ref, xml, LIVE);
    t.is(await shell.say(look), seen);
    await shell.say('exec 7< /run/hot');
    const busy = await failure(() => driver.domainDetachDeviceFlags(shell.ref, xml, LIVE));
    t.is(busy.code, Code.SYSTEM_ERROR);
    t.regex(busy.message, /busy/);
    await shell.say('exec 7<&-');
    await driver.domainDetachDeviceFlags(shell.ref, xml, LIVE);
    t.is(await shell.say('ls /run/hot'), '');
    t.deepEqual(plainEvents(fixture), ['deviceAdded fs2', 'deviceRemovalFailed fs2', 'deviceRemoved fs2']);
    const file = /file='([^']*)'/.exec(xml)?.[1];
    if (file !== undefined) await unattached(file);
  },
});

const hot = (type: string, source: string): string => filesystemXml(type, source, '/run/hot');
const shared = (): string => hot('mount', `dir='${at('shared')}'`);
for (const [of, elements] of [
  ['', ''],
  [' of a container with an idmap', idmap],
] as const) {
  const look = 'cat /run/hot/hello';
  test(mounts, `a tree of the host${of}`, shared, look, 'from the host', elements);
  test(
    mounts,
    `a read-only tree of the host${of}`,
    () => shared().replace('</filesystem>', '<readonly/></filesystem>'),
    'touch /run/hot/x',
    'touch: /run/hot/x: Read-only file system',
    elements,
  );
  const write = 'echo new > /run/hot/new && cat /run/hot/new && rm /run/hot/new';
  test(mounts, `memory${of}`, () => hot('ram', "usage='1024'"), write, 'new', elements);
  const image = (): string => hot('file', `file='${filesystemImage()}'`);
  test(mounts, `an image${of}`, image, look, 'from the host', elements);
  const same = 'test /run/hot/sh -ef /bin/sh && echo same';
  test(mounts, `another path${of}`, () => hot('bind', "dir='/bin'"), same, 'same', elements);
}
