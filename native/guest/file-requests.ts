/** The requests of a session with files; the other side is controller/visitor/file-requests.h. */
import { bool, hyper, opaque, string, struct, uhyper, uint } from '../../protocol/xdr/index.ts';
import type { Schema } from '../../protocol/xdr/index.ts';
import { frame } from './frame.ts';

/** Bytes that one request reads or writes: `CHUNK` there. */
export const CHUNK = 1 << 17;

const path = string(4095);
const owned = { path, mode: uint, uid: uint, gid: uint };
const handle = struct({ handle: uint });
const nothing = struct({});

interface RequestType<Args, Result> {
  readonly number: number;
  readonly args: Schema<Args>;
  readonly result: Schema<Result>;
}

const row = <Args, Result>(number: number, args: Schema<Args>, result: Schema<Result>): RequestType<Args, Result> => ({
  number,
  args,
  result,
});

export const fileRequests = {
  open: row(0, struct({ path, firm: uint, flags: uint, regular: bool }), uint),
  read: row(1, struct({ handle: uint, count: uint }), opaque(CHUNK)),
  write: row(2, struct({ handle: uint, data: opaque(CHUNK) }), uint),
  seek: row(3, struct({ handle: uint, offset: hyper, whence: uint }), hyper),
  flush: row(4, handle, nothing),
  close: row(5, handle, nothing),
  stat: row(
    6,
    struct({ path }),
    struct({ mode: uint, size: uhyper, uid: uint, gid: uint, device: struct({ major: uint, minor: uint }) }),
  ),
  space: row(7, struct({ path }), struct({ total: uhyper, used: uhyper, available: uhyper })),
  makeDirectory: row(8, struct(owned), nothing),
  replace: row(9, struct({ path, firm: uint, mode: uint, uid: uint, gid: uint }), uint),
  finish: row(10, handle, nothing),
};

export function encodeRequest<Args>({ number, args }: RequestType<Args, unknown>, value: Args): Buffer {
  return frame(writer => {
    writer.uint(number);
    args.encode(writer, value);
  });
}

export type { RequestType };
