/**
 * Containers with images that qemu-nbd shows, on a kernel that has the nbd driver. Prints what is seen inside and
 * outside as JSON. Argument: the containers' root tree.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDomain } from '../../xml/domain/parse.ts';
import { Images } from '../images/images.ts';
import { serverOf } from '../images/nbd-device.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

const [root = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-nbd-'));
const at = (name: string): string => join(directory, name);

/** A qcow2 image of 16 MiB with an ext4 filesystem that holds the file "hello". */
function makeImage(name: string): string {
  mkdirSync(at('contents'), { recursive: true });
  writeFileSync(at('contents/hello'), 'from the image\n');
  execFileSync('mkfs.ext4', ['-q', '-d', at('contents'), at('raw'), '16M'], { stdio: 'pipe' });
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('raw'), at(name)]);
  return at(name);
}

/** A file in the filesystem of an image, read without a mount; qemu-img takes the image's lock for it. */
function readFromImage(image: string, path: string): string {
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, at('raw')]);
  return execFileSync('debugfs', ['-R', `cat ${path}`, at('raw')], { encoding: 'utf8', stdio: 'pipe' });
}

/** How many devices show an image of ours. */
function connected(): number {
  const servers = readdirSync('/sys/block')
    .filter(name => name.startsWith('nbd'))
    .map(name => serverOf(`/dev/${name}`));
  return servers.filter(pid => pid !== null && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)).length;
}

const failure = async (call: Promise<unknown>): Promise<string> =>
  await call.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const fixture = await DriverFixture.start();
const { caller } = fixture;
const create = (xml: string) => fixture.driver.domainCreateXml(caller, xml, [], 0);

const image = makeImage('-f.qcow2');
const disk = at('disk.qcow2');
execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '8M']);
const filesystem = `<filesystem type='file'><driver format='qcow2'/><source file='${image}'/><target dir='/mnt'/></filesystem>`;
const disks = `<disk type='file'><driver name='nbd' type='qcow2'/><source file='${disk}'/><target dev='vda'/></disk>`;
const readonlyDisk = disks.replace('</disk>', '<readonly/></disk>');

const script = `cat /mnt/hello; echo from the container >/mnt/written
  echo size $(blockdev --getsize64 /dev/vda); echo block | dd of=/dev/vda conv=fsync 2>/dev/null; head -n 1 /dev/vda
  echo DONE; sleep 1000`;
const ref = await create(domainXml({ name: 'shown', root, devices: filesystem + disks, script }));
const terminal = await fixture.driver.domainOpenConsole(ref, null, 0);
let inside = '';
terminal.on('data', (chunk: Buffer) => (inside += chunk.toString('latin1')));
await until('the container has looked', () => inside.includes('DONE'));
const whileItRuns = connected();
const { writeRequests } = await fixture.driver.domainBlockStats(ref, 'vda');
const inUse = await failure(create(domainXml({ name: 'second', root, devices: filesystem })));
const afterRefusal = connected();
await fixture.restart();
const afterRestart = connected();
await fixture.driver.domainDestroyFlags(ref, 0);
const afterDestroy = connected();
const written = readFromImage(image, '/written');

await create(domainXml({ name: 'ends', root, devices: filesystem, script: 'cat /mnt/written' }));
await until('the container has ended', () => fixture.driver.connectListDomains().length === 0);
const afterEnd = connected();

const script2 = 'echo x 2>/dev/null >/dev/vda || echo REFUSED; sleep 1000';
const lost = await create(domainXml({ name: 'lost', root, devices: readonlyDisk, script: script2 }));
const lostTerminal = await fixture.driver.domainOpenConsole(lost, null, 0);
let refused = '';
lostTerminal.on('data', (chunk: Buffer) => (refused += chunk.toString('latin1')));
await until('the write has been refused', () => refused.includes('REFUSED'));
await fixture.restart(() => void process.kill(lost.id, 'SIGKILL'));
const afterLoss = connected();

const noInit = await failure(create(domainXml({ name: 'failed', root, devices: filesystem, init: '/missing' })));
const afterFailure = connected();

// What a daemon leaves that is killed in the middle of a start: devices and their records.
const definition = await parseDomain(domainXml({ name: 'killed', root, devices: filesystem + disks }));
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const { devices } = await new Images(at('records'), silent).attach(definition, new AbortController().signal);
const halfway = connected();
await new Images(at('records'), silent).detachUnused(() => false);
const afterNextStart = connected();

// Devices of a container that runs, on either driver.
const hot = await create(domainXml({ name: 'hot', root, script: 'stty -echo; exec sh' }));
const hotTerminal = await fixture.driver.domainOpenConsole(hot, null, 0);
let heard = '';
hotTerminal.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
const ask = async (command: string, answer: string): Promise<void> => {
  hotTerminal.write(`${command}\n`);
  await until(`${command}: ${answer}`, () => heard.includes(answer));
};
const LIVE = 1;
const attach = (xml: string) => fixture.driver.domainAttachDeviceFlags(hot, xml, LIVE);
const detach = (xml: string) => fixture.driver.domainDetachDeviceFlags(hot, xml, LIVE);
const rawDisk = `<disk type='file'><source file='${at('raw')}'/><target dev='vdb'/></disk>`;
for (const device of [disks, filesystem, rawDisk]) await attach(device);
await ask('blockdev --getsize64 /dev/vda', '8388608');
await ask('cat /mnt/hello', 'from the image');
await ask('ln /dev/vdb /dev/kept; head -c 100000 /dev/vdb | wc -c', '100000');
const whileHot = connected();
const hotReads = (await fixture.driver.domainBlockStats(hot, 'vdb')).readBytes > 0n;
await fixture.restart();
for (const device of [rawDisk, filesystem, disks]) await detach(device);
await ask('cat /dev/kept', 'not permitted');
const afterUnplug = connected();
await attach(disks);
await fixture.driver.domainDestroyFlags(hot, 0);
const afterHotEnd = connected();

const missing = await failure(
  create(domainXml({ name: 'missing', root, devices: filesystem.replace('-f.qcow2', 'missing.qcow2') })),
);
const recordsLeft = readdirSync(fixture.file('run', 'images'));
await fixture.remove();
rmSync(directory, { recursive: true });
process.stdout.write(
  `${JSON.stringify({
    inside: inside.replaceAll('\r', '').split('\n'),
    written,
    writes: writeRequests > 0n,
    hotReads,
    inUse,
    noInit,
    missing,
    attached: {
      whileItRuns,
      afterRefusal,
      afterRestart,
      afterDestroy,
      afterEnd,
      afterLoss,
      afterFailure,
      halfway,
      afterNextStart,
      whileHot,
      afterUnplug,
      afterHotEnd,
    },
    shown: devices.filesystems.map(({ type }) => type),
    recordsLeft,
    complaints: fixture.complaints,
  })}\n`,
);
