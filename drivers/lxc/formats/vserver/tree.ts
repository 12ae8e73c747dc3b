import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { errors } from '../../../contract/error.ts';

/** A guest's configuration is a directory of small files: path below it -> content, and target for a symbolic link. */
export type ConfigTree = ReadonlyMap<string, string>;

/** More than any guest's configuration, unpacked; bytes. */
const LIMIT = 1 << 19;

/** What stands in front of each file in the output of `tail -n +1 FILE…`. */
const HEADER = /^==> (.+) <==$/;

/**
 * Reads a directory that was made one text: the output of `tail -n +1` over its files, or a tar archive, plain or
 * compressed by gzip, in base64 (a text cannot hold the archive itself). Throws argumentUnsupported for anything else.
 */
export async function readTree(text: string): Promise<ConfigTree> {
  if (/^==> .+ <==$/m.test(text)) return belowGuest(readConcatenated(text));
  const compact = text.replace(/\s+/g, '');
  if (compact !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(compact))
    return belowGuest(await readArchive(Buffer.from(compact, 'base64')));
  throw errors.argumentUnsupported(
    'a configuration of util-vserver is given as "tail -n +1 $(find -type f)" prints it, or as a tar archive in base64',
  );
}

function readConcatenated(text: string): Map<string, string> {
  const files = new Map<string, string>();
  let path: string | null = null;
  for (const line of text.split('\n')) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) {
      path = header;
      files.set(path, '');
    } else if (path !== null) files.set(path, `${files.get(path) ?? ''}${line}\n`);
  }
  return files;
}

async function readArchive(bytes: Buffer): Promise<Map<string, string>> {
  // Only here: few are ever asked for this, and it brings its own streams along.
  const { extract } = await import('tar-stream');
  const files = new Map<string, string>();
  try {
    const archive = extract();
    archive.end(unpacked(bytes));
    for await (const entry of archive) {
      const { name, type, linkname } = entry.header;
      const content = await buffer(entry);
      if (type === 'file') files.set(name, content.toString('utf8'));
      else if (type === 'symlink') files.set(name, linkname ?? '');
    }
  } catch (error) {
    throw errors.argumentUnsupported('the text is no tar archive in base64', undefined, { cause: error });
  }
  return files;
}

function unpacked(bytes: Buffer): Buffer {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = compressed ? gunzipSync(bytes, { maxOutputLength: LIMIT }) : bytes;
  if (plain.length > LIMIT) throw new Error(`more than ${LIMIT} bytes`);
  return plain;
}

/** What a guest's directory has at its top. */
const tops = new Set(
  'context name vdir interfaces uts flags bcapabilities ccapabilities rlimits apps fstab'.split(' '),
);

/** Paths as they are below the guest's directory, whatever directory was packed; the guest's name comes from it. */
function belowGuest(files: Map<string, string>): ConfigTree {
  const paths = [...files.keys()].map(path => path.replace(/^(?:\.?\/)+/, ''));
  const prefix = prefixOf(paths);
  const tree = new Map<string, string>();
  for (const [path, content] of files) {
    const clean = path.replace(/^(?:\.?\/)+/, '');
    if (clean.startsWith(prefix)) tree.set(clean.slice(prefix.length), content.trim());
  }
  const guest = prefix.split('/').at(-2);
  if (guest !== undefined && !tree.has('name')) tree.set('name', guest);
  if (tree.size === 0) throw errors.argumentUnsupported('the configuration has no file');
  return tree;
}

/** The path in front of what belongs to a guest's directory: none, if any path begins with such; else the first path's. */
function prefixOf(paths: readonly string[]): string {
  const split = paths.map(path => path.split('/'));
  if (split.some(([first = '']) => tops.has(first))) return '';
  for (const parts of split) {
    const depth = parts.findIndex(part => tops.has(part));
    if (depth > 0) return `${parts.slice(0, depth).join('/')}/`;
  }
  return '';
}
