import { Writer } from '../../protocol/xdr/index.ts';

/** A message to a visitor: its length, then what `write` writes. */
export function frame(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  writer.uint(0);
  write(writer);
  writer.patchUint(0, writer.length - 4);
  return writer.take();
}
