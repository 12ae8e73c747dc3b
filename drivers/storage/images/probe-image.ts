import { raw, type ImageFacts, type ImageFormat, type ImageReader } from './image-facts.ts';
import { imageFormats } from './image-formats.ts';

/** What is read of every file: all headers fit. */
const HEAD_SIZE = 4096;

/** Where an ISO 9660 file system says that it is one. */
const ISO_AT = 32_769;
const ISO_MAGIC = 'CD001';

/** What is read of every file that is none of the few which have something of interest elsewhere. */
export const probedPieces = [
  { offset: 0, length: HEAD_SIZE },
  { offset: ISO_AT, length: ISO_MAGIC.length },
] as const;

/**
 * What a file is by its own bytes, never by its name. Reads some kilobytes at most, nothing but the file itself: what an
 * image says of others is passed on as text. What is not recognised is raw.
 */
export async function probeImage(file: ImageReader): Promise<ImageFacts> {
  if (file.size === 0n) return raw;
  const head = await file.read(0, HEAD_SIZE);
  const format = formatOf(head);
  if (format !== undefined) return await format.describe(head, file);
  return file.size < BigInt(ISO_AT) ? raw : unformatted(await file.read(ISO_AT, ISO_MAGIC.length));
}

/** The same by what has been read of `probedPieces`; null for what has a format of its own, which may need more. */
export const probePieces = ([head, label]: readonly Buffer[]): ImageFacts | null =>
  head !== undefined && formatOf(head) !== undefined ? null : unformatted(label);

const formatOf = (head: Buffer): ImageFormat | undefined => imageFormats.find(format => format.matches(head));

const iso: ImageFacts = { ...raw, format: 'iso' };

const unformatted = (label: Buffer | undefined): ImageFacts => (label?.toString('latin1') === ISO_MAGIC ? iso : raw);
