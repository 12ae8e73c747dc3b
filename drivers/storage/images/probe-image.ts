import { raw, type ImageFacts, type ImageReader } from './image-facts.ts';
import { imageFormats } from './image-formats.ts';

/** What is read of every file: all headers fit. */
const HEAD_SIZE = 4096;

/** Where an ISO 9660 file system says that it is one. */
const ISO_AT = 32_769;
const ISO_MAGIC = 'CD001';

/**
 * What a file is by its own bytes, never by its name. Reads some kilobytes at most, nothing but the file itself: what an
 * image says of others is passed on as text. What is not recognised is raw.
 */
export async function probeImage(file: ImageReader): Promise<ImageFacts> {
  if (file.size === 0n) return raw;
  const head = await file.read(0, HEAD_SIZE);
  for (const format of imageFormats) if (format.matches(head)) return await format.describe(head, file);
  return (await isIso(file)) ? { ...raw, format: 'iso' } : raw;
}

async function isIso(file: ImageReader): Promise<boolean> {
  if (file.size < BigInt(ISO_AT + ISO_MAGIC.length)) return false;
  return (await file.read(ISO_AT, ISO_MAGIC.length)).toString('latin1') === ISO_MAGIC;
}
