import type { HostTree } from './host-tree.ts';

/** Where distributions keep the lists of vendors and products. */
const DIRECTORIES = ['/usr/share/hwdata', '/usr/share/misc'];

export interface IdNames {
  readonly vendor: string | null;
  readonly product: string | null;
}

/** More kinds of devices than a host has; the answers are kept, the lists (megabytes) are not. */
const KEPT = 4096;

/**
 * Names of vendors and products, from "pci.ids" or "usb.ids": a vendor's line is its number and its name, the lines of its
 * products follow, one tab deeper. Null for what the list does not have, or when there is none.
 */
export class IdList {
  readonly #tree: HostTree;
  readonly #file: string;
  readonly #known = new Map<string, IdNames>();

  constructor(tree: HostTree, file: 'pci.ids' | 'usb.ids') {
    this.#tree = tree;
    this.#file = file;
  }

  async names(vendor: number, product: number): Promise<IdNames> {
    const key = `${hex(vendor)}:${hex(product)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const names = findNames(await this.#read(), vendor, product);
    if (this.#known.size >= KEPT) this.#known.clear();
    this.#known.set(key, names);
    return names;
  }

  async #read(): Promise<Buffer> {
    for (const directory of DIRECTORIES) {
      const bytes = await this.#tree.slowBytes(`${directory}/${this.#file}`);
      if (bytes !== null) return bytes;
    }
    return Buffer.alloc(0);
  }
}

const hex = (id: number): string => id.toString(16).padStart(4, '0');

function findNames(list: Buffer, vendor: number, product: number): IdNames {
  const start = lineStart(list, `\n${hex(vendor)}  `, 0);
  if (start < 0) return { vendor: null, product: null };
  const end = nextVendor(list, start);
  const own = lineStart(list.subarray(0, end), `\n\t${hex(product)}  `, start);
  return { vendor: nameAt(list, start), product: own < 0 ? null : nameAt(list, own) };
}

/** Where the name begins behind `mark`; -1 when it is not there. */
function lineStart(list: Buffer, mark: string, from: number): number {
  const at = list.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

const NEW_LINE = 0x0a;
const TAB = 0x09;
const HASH = 0x23;

/** The first line behind `from` that is neither a product's nor a comment. */
function nextVendor(list: Buffer, from: number): number {
  for (let at = list.indexOf(NEW_LINE, from); at >= 0; at = list.indexOf(NEW_LINE, at + 1)) {
    const first = list[at + 1];
    if (first !== TAB && first !== HASH) return at + 1;
  }
  return list.length;
}

function nameAt(list: Buffer, at: number): string {
  const end = list.indexOf(NEW_LINE, at);
  return list.toString('utf8', at, end < 0 ? list.length : end).trim();
}
