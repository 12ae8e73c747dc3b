import { raw, type ImageFormat, type ImageReader } from './image-facts.ts';

/** "KDMV" */
const MAGIC = 0x564d_444b;
const SECTOR = 512;
/** What is read of a descriptor: it is some hundred bytes of text. */
const DESCRIPTOR_MAX = 20 << 10;

/** A sparse extent; its descriptor, a text inside, names the parent. Without a size of its own it names other files. */
export const vmdk: ImageFormat = {
  matches: head => head.length >= 44 && head.readUInt32LE(0) === MAGIC && [1, 2, 3].includes(head.readUInt32LE(4)),
  async describe(head, file) {
    const parent = await parentOf(file, head.readBigUInt64LE(28));
    return {
      ...raw,
      format: 'vmdk',
      capacity: head.readBigUInt64LE(12) * BigInt(SECTOR),
      external: head.readBigUInt64LE(12) === 0n,
      backing: parent === null ? null : { path: parent, format: 'vmdk' },
    };
  },
};

async function parentOf(file: ImageReader, sector: bigint): Promise<string | null> {
  if (sector === 0n || sector * BigInt(SECTOR) >= file.size) return null;
  const text = (await file.read(Number(sector) * SECTOR, DESCRIPTOR_MAX)).toString('utf8');
  const parent = /^parentFileNameHint="([^"\0\n]{1,1023})"/m.exec(text);
  return /^parentCID=ffffffff/im.test(text) ? null : (parent?.[1] ?? null);
}
