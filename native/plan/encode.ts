import { array, bool, int, opaque, optional, string, struct, uhyper, uint, Writer } from '../../protocol/xdr/index.ts';
import type { Schema } from '../../protocol/xdr/index.ts';
import { NamespaceKind } from './plan.ts';
import type { DeviceNumber, Entry, HostMount, Init, Operation, Plan } from './plan.ts';
import { bits, choice, tagged } from './tagged.ts';

/** Raised with every change of the format, with `PLAN_VERSION` in controller/plan.h. */
export const VERSION = 4;
/** Bytes of a document: `PLAN_LIMIT` there. */
const PLAN_LIMIT = 1 << 20;

export const path = string(4095);
const text = string(PLAN_LIMIT);
export const list = <T>(item: Schema<T>): Schema<readonly T[]> => array(item, 65_535);
const address = opaque(16);

/** CLONE_NEW* */
const namespaceFlags = {
  [NamespaceKind.MOUNT]: 0x0002_0000,
  [NamespaceKind.CGROUP]: 0x0200_0000,
  [NamespaceKind.UTS]: 0x0400_0000,
  [NamespaceKind.IPC]: 0x0800_0000,
  [NamespaceKind.USER]: 0x1000_0000,
  [NamespaceKind.PID]: 0x2000_0000,
  [NamespaceKind.NET]: 0x4000_0000,
} as const;

const options = list(struct({ key: text, value: optional(text) }));
const owner = { mode: uint, uid: uint, gid: uint };
const byLoop = struct({ loop: uint });

const device: Schema<DeviceNumber> = tagged('by', { number: struct({ major: uint, minor: uint }), loop: byLoop });

const entry: Schema<Entry> = tagged('make', {
  directory: struct({ path, ...owner }),
  symlink: struct({ path, target: path }),
  file: struct({ path, ...owner, contents: text }),
  node: struct({ path, kind: choice({ char: 0, block: 1 }), device, ...owner }),
  place: struct({ path, source: path, ...owner }),
});

const hostMount: Schema<HostMount> = tagged('from', {
  path: struct({ path, recursive: bool, attributes: uint, entries: list(entry) }),
  filesystem: struct({
    type: text,
    source: optional(tagged('by', { path: struct({ path }), loop: byLoop })),
    options,
    attributes: uint,
    entries: list(entry),
  }),
});

/** Each operation's kind is its place here: `operation_kind` in controller/plan.h. */
export const operationArms = {
  'await-go': struct({}),
  mkdir: struct({ path, mode: uint }),
  symlink: struct({ path, target: path }),
  touch: struct({ path }),
  write: struct({ path, contents: text }),
  attach: struct({ mount: hostMount, target: path }),
  mount: struct({ type: text, source: optional(text), options, attributes: uint, target: path }),
  bind: struct({ source: path, target: path, recursive: bool, attributes: uint, optional: bool }),
  attributes: struct({ path, recursive: bool, attributes: uint }),
  mask: struct({ path }),
  consoles: struct({ devpts: path, count: uint, ...owner }),
  hostname: struct({ name: text }),
  link: struct({
    link: struct({
      name: text,
      rename: optional(text),
      mtu: optional(uint),
      addresses: list(struct({ address, prefix: uint, peer: optional(address) })),
      up: bool,
    }),
  }),
  route: struct({
    route: struct({
      link: optional(text),
      destination: address,
      prefix: uint,
      gateway: optional(address),
      metric: optional(uint),
    }),
  }),
  rlimit: struct({ resource: uint, soft: optional(uhyper), hard: optional(uhyper) }),
  personality: struct({ persona: uint }),
  affinity: struct({ cpus: list(uint) }),
  mempolicy: struct({ mode: uint, nodes: list(uint) }),
  'oom-score': struct({ adjustment: int }),
  cover: struct({ source: path, target: path }),
};

const operation: Schema<Operation> = tagged('do', operationArms);

export const init: Schema<Init> = struct({
  argv: list(text),
  env: list(text),
  directory: path,
  user: optional(text),
  group: optional(text),
  capabilities: uhyper,
  noNewPrivileges: bool,
  seccomp: opaque(32_768),
  label: optional(struct({ attribute: text, value: text })),
  terminal: bool,
});

const idRanges = list(struct({ inside: uint, outside: uint, count: uint }));

/** The plan as controller/plan.c reads it: the same fields in the same order. */
export const plan: Schema<Plan> = struct({
  name: text,
  socket: optional(path),
  pidFile: optional(path),
  outcomeFile: optional(path),
  namespaces: bits(namespaceFlags),
  join: list(
    struct({ kind: choice({ net: namespaceFlags.net, ipc: namespaceFlags.ipc, uts: namespaceFlags.uts }), path }),
  ),
  uidMap: idRanges,
  gidMap: idRanges,
  taskFiles: list(path),
  unifiedDirectory: optional(path),
  cgroupDirectories: list(path),
  loops: list(struct({ file: path, readonly: bool })),
  root: hostMount,
  rootMountPoint: path,
  operations: list(operation),
  init,
  memoryView: optional(struct({ target: path, unified: bool, directory: path })),
});

/** The document with its length in front. Throws XdrError with the field that the controller could not take. */
export function encodePlan(value: Plan): Buffer {
  const writer = new Writer();
  writer.uint(0);
  writer.uint(VERSION);
  plan.encode(writer, value);
  writer.patchUint(0, writer.length - 4);
  return writer.take();
}
