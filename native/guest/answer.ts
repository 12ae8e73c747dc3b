/** What visitors say; the other side is controller/visitor/answer.h. */
import { opaque, Reader, string, struct, uint } from '../../protocol/xdr/index.ts';
import type { Schema } from '../../protocol/xdr/index.ts';
import { GuestRequestFailed } from './request-failed.ts';

/** Paths may be cut in the middle of a character. */
const failure = struct({ step: string(64), path: opaque(1024), errno: uint });

/** The answer to a request. Throws GuestRequestFailed when that is what it says, XdrError when it is none. */
export function decodeAnswer<T>(schema: Schema<T>, body: Buffer): T {
  const reader = new Reader(body);
  if (reader.uint() === 1) return schema.decode(reader);
  const { step, path, errno } = failure.decode(reader);
  throw new GuestRequestFailed(step, path.length === 0 ? null : Buffer.from(path).toString(), errno);
}
