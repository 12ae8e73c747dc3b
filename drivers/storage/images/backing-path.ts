import type { ImageReader } from './image-facts.ts';

/** qcow2's own limit. */
const PATH_MAX = 1023;

/** The name of a backing file where a header says that it lies; null when no sane one is there. */
export async function backingPath(file: ImageReader, offset: bigint, length: number): Promise<string | null> {
  if (length === 0 || length > PATH_MAX || offset + BigInt(length) > file.size) return null;
  const bytes = await file.read(Number(offset), length);
  const path = bytes.toString('utf8');
  return bytes.length < length || path.includes('\0') ? null : path;
}
