import type { NativeFormat } from './format.ts';
import { readLinuxContainer } from './linux-container/read.ts';
import { readLxcTools } from './lxc-tools/read.ts';
import { writeLxcTools } from './lxc-tools/write.ts';
import { readOpenVz } from './openvz/read.ts';
import { readVServer } from './vserver/read.ts';

/** The configurations of other systems, by the name that a client gives. */
export const nativeFormats: ReadonlyMap<string, NativeFormat> = new Map<string, NativeFormat>([
  ['lxc-tools', { read: readLxcTools, write: writeLxcTools }],
  ['openvz', { read: readOpenVz }],
  ['vserver', { read: readVServer }],
  ['linuxcontainer', { read: readLinuxContainer }],
]);
