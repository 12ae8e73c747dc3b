import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runProgram } from '../programs/run-program.ts';
import { loopDevice } from '../testing/fixture.ts';
import { ImageChain, type ImageFile } from './image-chain.ts';

const signal = new AbortController().signal;

const opener = (path: string) => async () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);

/** A directory all of whose files are volumes, and what is done with it. */
function pool(t: ExecutionContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-chain-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const volumeAt = (path: string) =>
    path.startsWith(`${directory}/`) || path.startsWith('/dev/loop') ? opener(path) : null;
  /** An image that begins with `byte`. */
  const image = (name: string, byte: number, ...options: readonly string[]): string => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, at(name), '1M']);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${byte} 0 64k`, at(name)]);
    return at(name);
  };
  const chain = (path: string, format: ImageFile['format'] = 'qcow2'): Promise<ImageChain> =>
    ImageChain.open({ path, format, open: opener(path) }, { volumeAt, spare: directory, signal });
  /** The first byte, and the one behind the first 64 KiB, as qemu reads them. */
  const bytes = async ({ name }: ImageChain): Promise<number[]> => {
    await runProgram('qemu-img', ['convert', '-O', 'raw', name, at('out')]);
    const content = readFileSync(at('out'));
    return [content.readUInt8(0), content.readUInt8(65_536)];
  };
  return { directory, at, image, chain, bytes };
}

test('an image is read with what it lies on, whatever has taken the place of their names', async t => {
  const { at, image, chain, bytes } = pool(t);
  image('base', 1);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 2 64k 64k', at('base')]);
  image('top', 3, '-b', at('base'), '-F', 'qcow2');
  await using held = await chain(at('top'));
  for (const name of ['base', 'top']) {
    renameSync(at(name), at(`${name}.moved`));
    symlinkSync('/etc/hostname', at(name));
  }
  t.deepEqual(await bytes(held), [3, 2]);
  t.notThrows(() => held.requireUnchanged());
});

test('one that is opened for writing meanwhile is told of, and one that is open for writing is not read', async t => {
  const { at, image, chain } = pool(t);
  image('top', 1);
  {
    await using held = await chain(at('top'));
    const error = t.throws(() => openSync(at('top'), constants.O_RDWR | constants.O_NONBLOCK));
    t.regex(error?.message ?? '', /EAGAIN|EWOULDBLOCK/);
    t.throws(() => held.requireUnchanged(), { message: /was opened for writing while it was read/ });
  }
  const writer = openSync(at('top'), constants.O_RDWR);
  await t.throwsAsync(chain(at('top')), { message: /is open for writing/ });
  closeSync(writer);
  await using again = await chain(at('top'));
  t.notThrows(() => again.requireUnchanged());
});

test('an image that cannot be held still is read from a copy', async t => {
  const { directory, image, at, chain, bytes } = pool(t);
  const device = loopDevice(t, directory, 8 << 20);
  execFileSync('dd', [`if=${image('image', 5)}`, `of=${device}`, 'conv=fsync', 'status=none']);
  image('top', 6, '-u', '-b', device, '-F', 'qcow2');
  await using held = await chain(at('top'));
  execFileSync('dd', ['if=/dev/zero', `of=${device}`, 'bs=1M', 'count=1', 'conv=fsync', 'status=none']);
  t.deepEqual(await bytes(held), [6, 0]);
});

test('what an image leads to is refused unless it is a volume, and is what it is said to be', async t => {
  const { at, image, chain } = pool(t);
  image('host', 1, '-u', '-b', '/etc/hostname', '-F', 'raw');
  await t.throwsAsync(chain(at('host')), { message: /'.*host' lies on '\/etc\/hostname', which is no volume/ });
  // A text that is raw to us, and a list of the host's files to qemu.
  writeFileSync(
    at('extents'),
    '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 1 FLAT "/etc/hostname" 0\n',
  );
  image('extended', 1, '-u', '-b', at('extents'), '-F', 'vmdk');
  await t.throwsAsync(chain(at('extended')), { message: /'.*extents' is no image of format 'vmdk'/ });
  await t.throwsAsync(chain(at('extents'), 'vmdk'), { message: /is no image of format 'vmdk'/ });
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data')}`, at('external'), '1M']);
  await t.throwsAsync(chain(at('external')), { message: /has its content in a file that is no volume/ });
  image('round', 1);
  image('about', 1, '-b', at('round'), '-F', 'qcow2');
  execFileSync('qemu-img', ['rebase', '-f', 'qcow2', '-u', '-b', at('about'), '-F', 'qcow2', at('round')]);
  await t.throwsAsync(chain(at('about')), { message: /too long/ });
});
