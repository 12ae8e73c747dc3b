import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { parseDomain } from '../../xml/domain/parse.ts';
import { domainXml } from '../testing/domain-xml.ts';
import { driverOf, nbdImages, withDevices, type Image } from './image.ts';
import { Images } from './images.ts';
import { qemuNbdArguments, startQemuNbd, type NbdExport } from './qemu-nbd.ts';

const run = promisify(execFile);
const project = join(import.meta.dirname, '../../..');

const image: Image = { what: 'fs', file: '/i', driver: null, format: null, cache: null, readonly: false };
const unsupported = 'internal error: guest failed to start: unsupported configuration:';

const drivers: [Partial<Image>, string][] = [
  [{}, 'loop'],
  [{ format: 'raw' }, 'loop'],
  [{ driver: 'loop' }, 'loop'],
  [{ driver: 'loop', format: 'raw' }, 'loop'],
  [{ format: 'qcow2' }, 'nbd'],
  [{ driver: 'nbd', format: 'raw' }, 'nbd'],
  [{ driver: 'nbd', format: 'vmdk' }, 'nbd'],
  [{ driver: 'nbd' }, `${unsupported} An explicit disk format must be specified`],
  [{ driver: 'loop', format: 'qcow2' }, `${unsupported} fs format qcow2 is not supported`],
  [{ what: 'disk', driver: 'loop', format: 'qcow2' }, `${unsupported} disk format qcow2 is not supported`],
  [{ driver: 'path', format: 'raw' }, `${unsupported} fs driver path is not supported`],
  [{ what: 'disk', driver: 'qemu', format: 'qcow2' }, `${unsupported} disk driver qemu is not supported`],
];

for (const [given, expected] of drivers)
  test(`${JSON.stringify(given)} is ${expected}`, t => {
    const asked = { ...image, ...given };
    if (expected === 'loop' || expected === 'nbd') t.is(driverOf(asked), expected);
    else t.throws(() => driverOf(asked), { message: expected });
  });

const request: NbdExport = {
  file: '/i',
  format: 'qcow2',
  readonly: false,
  cache: null,
  device: '/dev/nbd7',
  socket: '/run/s',
};
const start = ['--verbose', '--socket=/run/s', '--connect=/dev/nbd7', '--format=qcow2'];

const commands: [string, Partial<NbdExport>, string[] | string][] = [
  ['names device, socket and format', {}, [...start, '--', '/i']],
  ['honours read-only', { readonly: true }, [...start, '--read-only', '--', '/i']],
  ['has no option for the default cache mode', { cache: 'default' }, [...start, '--', '/i']],
  ...['none', 'writeback', 'writethrough', 'directsync', 'unsafe'].map(
    (cache): [string, Partial<NbdExport>, string[]] => [
      `passes cache mode ${cache} on`,
      { cache },
      [...start, `--cache=${cache}`, '--', '/i'],
    ],
  ),
  ['refuses other cache modes', { cache: 'x' }, `${unsupported} Disk cache mode x is not supported`],
  ...['--help', 'i', 'json:{"driver":"null-co"}', 'nbd:host:1', ''].map(
    (file): [string, Partial<NbdExport>, string] => [
      `refuses '${file}' as a file`,
      { file },
      `${unsupported} image '${file}' must be an absolute path`,
    ],
  ),
];

for (const [what, given, expected] of commands)
  test(`the command ${what}`, t => {
    const asked = { ...request, ...given };
    if (typeof expected === 'string') t.throws(() => qemuNbdArguments(asked), { message: expected });
    else t.deepEqual(qemuNbdArguments(asked), expected);
  });

const onFile = (target: string, driver: string): string =>
  `<filesystem type='file'>${driver}<source file='/i'/><target dir='${target}'/></filesystem>`;

test('what is attached stands in the definition as a block device, and nothing else changes', async t => {
  const devices = `${onFile('/a', '')}${onFile('/b', "<driver type='nbd' format='qcow2'/>")}
    <disk type='block'><source dev='/dev/sda'/><target dev='vda'/></disk>
    <disk type='file'><driver type='vmdk' cache='none'/><source file='/j'/><target dev='vdb'/></disk>`;
  const definition = await parseDomain(domainXml({ name: 'x', devices }));
  const found = new Map(nbdImages(definition).map(([device], at) => [device, `/dev/nbd${at}`]));
  const shown = withDevices(definition, device => found.get(device)).devices;
  const sources = [...shown.filesystems, ...shown.disks].map(({ type, source, target }) => [type, source, target]);
  t.deepEqual(sources, [
    ['file', '/i', '/a'],
    ['block', '/dev/nbd0', '/b'],
    ['block', '/dev/sda', 'vda'],
    ['block', '/dev/nbd1', 'vdb'],
  ]);
  t.deepEqual(shown.consoles, definition.devices.consoles);
});

/** A directory that also the emulated machine sees, with the project as JavaScript and a container's root tree. */
async function prepare(t: ExecutionContext): Promise<string> {
  const cache = process.env['LXVIRTD_TEST_CACHE'] ?? '/var/cache/lxvirtd-test';
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'images-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const name of ['build', 'node_modules', 'package.json', 'scripts'])
    symlinkSync(join(project, name), join(directory, name));
  // Both take more than half a minute in there.
  const tsc = join(project, 'node_modules/.bin/tsc');
  await run(tsc, ['--noEmit', 'false', '--outDir', directory, '--rewriteRelativeImportExtensions', '-p', project]);
  await run('sh', [join(project, 'scripts/mkrootfs.sh'), join(directory, 'root')]);
  return directory;
}

/** What the scenario tells, of this host or of a machine whose kernel has the driver. */
async function runScenario(t: ExecutionContext): Promise<string> {
  await run('modprobe', ['nbd']).catch(() => undefined);
  const directory = await prepare(t);
  const line = `node_modules/.bin/node ${directory}/drivers/lxc/testing/nbd-scenario.js ${directory}/root`;
  const options = { cwd: project, env: { ...process.env, V2VM_TIMEOUT: '500' } };
  const [program, ...args] = existsSync('/sys/block/nbd0')
    ? ['sh', '-c', line]
    : ['bash', 'scripts/v2vm.sh', `modprobe -a nbd loop && ${line}`];
  return (await run(program, args, options)).stdout;
}

test('containers see their images as long as they live, and no longer', async t => {
  t.timeout(600_000, 'a machine may be emulated; its kernel is downloaded the first time');
  const said = await runScenario(t);
  const seen: unknown = JSON.parse(said.trim().split('\n').at(-1) ?? '');
  t.like(seen, {
    inside: ['from the image', 'size 8388608', 'block', 'DONE', ''],
    written: 'from the container\n',
    writes: true,
    hotReads: true,
    attached: {
      whileItRuns: 2,
      afterRefusal: 2,
      afterRestart: 2,
      afterDestroy: 0,
      afterEnd: 0,
      afterLoss: 0,
      afterFailure: 0,
      halfway: 2,
      afterNextStart: 0,
      whileHot: 2,
      afterUnplug: 0,
      afterHotEnd: 0,
    },
    shown: ['mount', 'ram', 'block'],
    recordsLeft: [],
    complaints: [],
  });
  t.regex(said, /"inUse":"[^"]*Failed to get .{1,20}write.{1,20} lock/);
  t.regex(said, /"noInit":"[^"]*cannot find init path '\/missing'/);
  t.regex(said, /"missing":"[^"]*missing.qcow2[^"]*No such file or directory/);
});

test('without the program, the start says so', async t => {
  const { PATH } = process.env;
  process.env['PATH'] = '/nowhere';
  const started = startQemuNbd(request, () => t.fail());
  process.env['PATH'] = PATH;
  await t.throwsAsync(started, {
    message: "internal error: guest failed to start: Unable to find 'qemu-nbd' binary in $PATH",
  });
});

test('without the kernel’s driver, the start says so', async t => {
  await run('modprobe', ['nbd']).catch(() => undefined);
  if (existsSync('/sys/block/nbd0')) {
    t.log('this host has it');
    t.pass();
    return;
  }
  const images = new Images('/nowhere', { debug: t.log, info: t.log, warn: t.log, error: t.log });
  const definition = await parseDomain(
    domainXml({
      name: 'x',
      devices: "<disk type='file'><driver type='qcow2'/><source file='/i'/><target dev='vda'/></disk>",
    }),
  );
  await t.throwsAsync(images.attach(definition, new AbortController().signal), {
    message: 'internal error: guest failed to start: internal error: Failed to load nbd module',
  });
});
