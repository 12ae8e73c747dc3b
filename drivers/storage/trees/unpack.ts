import { lutimes } from 'node:fs/promises';
import { applyEntry } from './apply-entry.ts';
import { decompressed } from './decompress.ts';
import { isImagePart, OciArchive } from './oci-archive.ts';
import { readTar } from './tar/read-tar.ts';
import { invalidArchive } from './tar/invalid-archive.ts';
import type { TarEntry } from './tar/tar-entry.ts';
import { partsOf, TreeRoot } from './tree-root.ts';
import { UnpackLimits } from './unpack-limits.ts';

/**
 * Unpacks an archive into an empty tree: a tar of a root tree, or of an OCI image, compressed or not. Throws invalidArg for
 * what is neither, and for what would reach out of the tree.
 */
export async function unpack(tree: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  await using root = await TreeRoot.open(tree);
  const limits = await UnpackLimits.of(tree);
  const bytes = await decompressed(chunks);
  const entries = readTar(bytes);
  const first = await entries.next();
  if (first.done === true) throw invalidArchive('there is nothing in it');
  const all = from(first.value, entries);
  if (isImagePart(first.value.path)) await unpackImage(root, all, limits);
  else await unpackTree(root, counted(all, limits));
  // What pads an archive is to be taken, too.
  await bytes.passOver();
}

async function* from(first: TarEntry, rest: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  yield first;
  yield* rest;
}

/** Ends with an error once it is too much, before the content of the entry that is. */
async function* counted(entries: AsyncIterable<TarEntry>, limits: UnpackLimits): AsyncGenerator<TarEntry> {
  for await (const entry of entries) {
    limits.count(entry);
    yield entry;
  }
}

async function unpackTree(root: TreeRoot, entries: AsyncIterable<TarEntry>): Promise<void> {
  const times = new Map<string, number>();
  for await (const entry of entries) {
    await applyEntry(root, entry);
    if (entry.type === 'directory' && times.size < TIMES_MAX) times.set(entry.path, entry.mtime);
  }
  await setTimes(root, times);
}

/** How many directories get their times back. */
const TIMES_MAX = 100_000;

/** What was made in directories has changed their times. */
async function setTimes(root: TreeRoot, times: ReadonlyMap<string, number>): Promise<void> {
  for (const [path, mtime] of times) {
    const place = await root.place(partsOf(path), false);
    if (place !== null) await lutimes(place, mtime, mtime).catch(() => null);
  }
}

async function unpackImage(root: TreeRoot, entries: AsyncIterable<TarEntry>, limits: UnpackLimits): Promise<void> {
  await using image = await OciArchive.receive(root, entries, limits);
  for (const layer of await image.layers()) {
    for await (const entry of counted(readTar(await decompressed(layer())), limits)) await removeHidden(root, entry);
    await unpackTree(root, visible(readTar(await decompressed(layer()))));
  }
}

const HIDES = '.wh.';
const HIDES_ALL = '.wh..wh..opq';

/** What a layer hides of those below it: they go first, whatever the order of its entries. */
async function removeHidden(root: TreeRoot, { path }: TarEntry): Promise<void> {
  const parts = partsOf(path);
  const name = parts.at(-1) ?? '';
  const parent = parts.slice(0, -1);
  if (name === HIDES_ALL) await root.empty(parent);
  else if (name.startsWith(`${HIDES}${HIDES}`)) return;
  else if (name.startsWith(HIDES)) {
    const hidden = partsOf(name.slice(HIDES.length));
    if (hidden.length > 0) await root.remove([...parent, ...hidden]);
  }
}

async function* visible(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  for await (const entry of entries) if (partsOf(entry.path).at(-1)?.startsWith(HIDES) !== true) yield entry;
}
