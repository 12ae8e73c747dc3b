/** What can be done in a container that runs; the other side is controller/visitor/tasks.h. */
import { array, bool, optional, string, struct, uhyper, uint } from '../../protocol/xdr/index.ts';
import type { Schema } from '../../protocol/xdr/index.ts';
import { operationArms, path, VERSION } from '../plan/encode.ts';
import type { Operation } from '../plan/plan.ts';
import { choice, tagged } from '../plan/tagged.ts';
import { frame } from './frame.ts';
import type { DeviceNumbers } from './guest.ts';

/**
 * Of the plan's operations those that make sense later, too: with the rights of the container's root, but for links and
 * routes. `attach` makes its mount on the host first, and takes no loop devices: give the numbers of one that is there.
 */
type PlanOperation = Extract<
  Operation,
  { do: 'mkdir' | 'symlink' | 'touch' | 'write' | 'attach' | 'bind' | 'attributes' | 'link' | 'route' }
>;

/**
 * Links and routes are those of the container's network namespace: EPERM for a container that has the host's. Paths are
 * the container's, absolute.
 */
export type GuestOperation =
  | PlanOperation
  /**
   * Makes a device node, with the host's rights, in a directory that the container's root may write to; parents are made.
   * EEXIST when anything is there. `uid` and `gid` are the host's ids.
   */
  | {
      readonly do: 'node';
      readonly path: string;
      readonly kind: 'char' | 'block';
      readonly device: DeviceNumbers;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** Removes a file or a node, not a directory. Nothing there: nothing done. */
  | { readonly do: 'remove'; readonly path: string }
  /**
   * Takes away what was mounted at a path last. EINVAL when nothing is mounted there, EBUSY when it is in use or something
   * is mounted below it; `lazy` takes both away at once, and leaves them to those who use them.
   */
  | { readonly do: 'unmount'; readonly path: string; readonly lazy: boolean }
  | { readonly do: 'link-state'; readonly name: string; readonly up: boolean }
  | { readonly do: 'remove-link'; readonly name: string }
  /** Gives a link to the host, where it is down and named `rename` (null: as before); EEXIST when that name is taken. */
  | { readonly do: 'move-link-out'; readonly name: string; readonly rename: string | null }
  /** See Guest.freeze. */
  | { readonly do: 'freeze' | 'thaw'; readonly path: string; readonly device: DeviceNumbers }
  /** `minimum`: bytes of a free extent. */
  | { readonly do: 'trim'; readonly path: string; readonly device: DeviceNumbers; readonly minimum: bigint };

const device = struct({ major: uint, minor: uint });
const name = string(255);

const operation: Schema<Operation | GuestOperation> = tagged('do', {
  ...operationArms,
  node: struct({ path, kind: choice({ char: 0, block: 1 }), device, mode: uint, uid: uint, gid: uint }),
  remove: struct({ path }),
  unmount: struct({ path, lazy: bool }),
  'link-state': struct({ name, up: bool }),
  'remove-link': struct({ name }),
  'move-link-out': struct({ name, rename: optional(name) }),
  freeze: struct({ path, device }),
  thaw: struct({ path, device }),
  trim: struct({ path, device, minimum: uhyper }),
});
const operations = array(operation, 65_535);

/** The document that a visitor is given. Throws XdrError with the field that it could not take. */
export function encodeOperations(list: readonly GuestOperation[]): Buffer {
  return frame(writer => {
    writer.uint(VERSION);
    operations.encode(writer, list);
  });
}
