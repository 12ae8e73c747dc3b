import type { Program } from '../procedure.ts';
import { admin } from './admin.ts';
import { lxc } from './lxc.ts';
import { qemu } from './qemu.ts';
import { remote } from './remote.ts';

/** Every program that has calls. The keepalive program has none: it is a pair of messages. */
export const programs = { remote, lxc, qemu, admin } satisfies Record<string, Program>;
export type ProgramName = keyof typeof programs;
