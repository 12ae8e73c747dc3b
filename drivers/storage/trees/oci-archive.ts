import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arch } from 'node:process';
import { invalidArchive } from './tar/invalid-archive.ts';
import type { TarEntry } from './tar/tar-entry.ts';
import { partsOf, type TreeRoot } from './tree-root.ts';
import type { UnpackLimits } from './unpack-limits.ts';

/** Files of the image layout (OCI image-spec), which are small. */
const DOCUMENT_MAX = 4 << 20;
const LAYERS_MAX = 500;
/** An index may name another. */
const DEPTH_MAX = 4;

/** Whether an archive whose first entry this is holds an image, not a tree. */
export function isImagePart(path: string): boolean {
  const [first] = partsOf(path);
  return first !== undefined && ['blobs', 'index.json', 'oci-layout', 'manifest.json'].includes(first);
}

/** What is read of a document here: the rest may be whatever it likes. */
interface Descriptor {
  readonly digest: string;
  readonly architecture: string | null;
  readonly os: string | null;
}

/** An image while it is unpacked: its files lie beside the tree, where no guest is. */
export class OciArchive implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Takes the whole archive, and checks that every blob is what its name says. */
  static async receive(root: TreeRoot, entries: AsyncIterable<TarEntry>, limits: UnpackLimits): Promise<OciArchive> {
    const archive = new OciArchive(join(dirname(root.path), `.lxvirtd-${randomUUID()}`));
    await mkdir(archive.#directory, 0o700);
    try {
      for await (const entry of entries) {
        limits.count(entry);
        await archive.#take(entry);
      }
    } catch (error) {
      await archive[Symbol.asyncDispose]();
      throw error;
    }
    return archive;
  }

  async #take(entry: TarEntry): Promise<void> {
    if (entry.type !== 'file') return;
    const path = partsOf(entry.path).join('/');
    const blob = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (blob === undefined && path !== 'index.json') return;
    const hash = createHash('sha256');
    await using file = await open(join(this.#directory, blob ?? 'index.json'), 'wx', 0o600);
    for await (const piece of entry.content()) {
      hash.update(piece);
      await file.appendFile(piece);
    }
    if (blob !== undefined && hash.digest('hex') !== blob) throw invalidArchive(`the blob ${blob} is damaged`);
  }

  /** What opens each layer, the lowest first. */
  async layers(): Promise<(() => AsyncIterable<Buffer>)[]> {
    const manifest = await this.#manifest(await this.#document('index.json'), 0);
    const layers = descriptors(manifest, 'layers');
    if (layers.length === 0 || layers.length > LAYERS_MAX) throw invalidArchive('the image has no layers, or too many');
    return layers.map(({ digest }) => {
      const path = this.#blob(digest);
      return () => createReadStream(path);
    });
  }

  /** The manifest for this host. */
  async #manifest(index: unknown, depth: number): Promise<unknown> {
    const all = descriptors(index, 'manifests');
    const chosen = all.find(isForHost) ?? (all.length === 1 ? all[0] : undefined);
    if (chosen === undefined || depth === DEPTH_MAX)
      throw invalidArchive(`it has no image for ${architectureName}, or is no image`);
    const document = await this.#document(this.#name(chosen.digest));
    return descriptors(document, 'manifests').length > 0 ? await this.#manifest(document, depth + 1) : document;
  }

  async #document(name: string): Promise<unknown> {
    const path = join(this.#directory, name);
    const found = await stat(path).catch(() => null);
    if (found === null || found.size > DOCUMENT_MAX) throw invalidArchive(`the image's file ${name} is missing`);
    try {
      return JSON.parse(await readFile(path, 'utf8'));
    } catch {
      throw invalidArchive(`the image's file ${name} makes no sense`);
    }
  }

  #name(digest: string): string {
    const name = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (name === undefined) throw invalidArchive('the image names a blob by a digest that is not known');
    return name;
  }

  #blob(digest: string): string {
    return join(this.#directory, this.#name(digest));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** OCI calls architectures as Go does. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const architectureName = architectures[arch] ?? arch;

const isForHost = ({ architecture, os }: Descriptor): boolean => architecture === architectureName && os === 'linux';

function descriptors(document: unknown, field: string): Descriptor[] {
  const list = fieldOf(document, field);
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => {
    const platform = fieldOf(item, 'platform');
    return {
      digest: textField(item, 'digest') ?? '',
      architecture: textField(platform, 'architecture'),
      os: textField(platform, 'os'),
    };
  });
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

function textField(value: unknown, name: string): string | null {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field : null;
}
