import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors } from '../../../drivers/contract/error.ts';
import type { Handlers } from '../../../protocol/procedure.ts';
import { lxc } from '../../../protocol/programs/lxc.ts';
import { qemu } from '../../../protocol/programs/qemu.ts';
import { remote } from '../../../protocol/programs/remote.ts';
import type { Call } from '../../call.ts';
import type { AuthMethods } from '../../auth/auth-method.ts';
import { noAuth } from '../../auth/none.ts';
import { authHandlers } from '../auth.ts';
import type { Log } from '../../../drivers/contract/log.ts';
import type { CallWatch } from '../call-watch.ts';
import type { KeepaliveSettings } from '../keepalive.ts';
import type { ServerLimits } from '../limits.ts';
import { serve } from '../programs.ts';
import { Server } from '../server.ts';

export type RemoteHandlers = Handlers<typeof remote.procedures, Call>;
export type LxcHandlers = Handlers<typeof lxc.procedures, Call>;

export interface LogLine {
  readonly level: string;
  readonly facts: object;
  readonly message: string;
}

export interface Serving extends AsyncDisposable {
  readonly server: Server;
  readonly path: string;
  readonly readOnlyPath: string;
  readonly directory: string;
  readonly lines: readonly LogLine[];
}

interface Wishes {
  readonly remote?: RemoteHandlers;
  readonly lxc?: LxcHandlers;
  readonly auth?: Partial<AuthMethods>;
  readonly limits?: Partial<ServerLimits>;
  readonly keepalive?: KeepaliveSettings;
  readonly watch?: CallWatch;
  /** In place of the lines that are kept. */
  readonly log?: Log;
}

/** The connection's own handlers, as simple as they can be. */
const connectHandlers: RemoteHandlers = {
  connectOpen({ client }, { name, flags }) {
    if (client.opened) throw errors.internalError('connection already open', 7);
    if (name !== null && !name.startsWith('lxc:')) throw errors.noConnect(name, 0);
    client.open((flags & 1) !== 0);
  },
  connectClose: ({ client }) => client.close(),
  connectSupportsFeature({ client }, { feature }) {
    if (feature === 8) client.enableFilePassing();
    if (feature === 10) client.enableKeepalive();
    return { supported: [8, 9, 10, 14, 15].includes(feature) ? 1 : 0 };
  },
  connectRegisterCloseCallback() {},
  connectUnregisterCloseCallback() {},
  connectGetType: () => ({ type: 'LXC' }),
  connectGetLibVersion: () => ({ libVer: 9_000_000n }),
};

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'lxvirtd-rpc-'));

/** A server on a read-write and a read-only socket of its own, for as long as the test uses it. */
export async function serving(wishes: Wishes = {}): Promise<Serving> {
  const directory = temporaryDirectory();
  const lines: LogLine[] = [];
  const line = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts, message });
  };
  const server = new Server({
    name: 'libvirtd',
    programs: [
      serve(remote, { ...authHandlers({ none: noAuth, ...wishes.auth }), ...connectHandlers, ...wishes.remote }),
      serve(lxc, wishes.lxc ?? {}),
      serve(qemu, {}),
    ],
    limits: {
      maxClients: 100,
      maxQueuedClients: 100,
      maxAnonymousClients: 50,
      maxClientRequests: 5,
      strangerMs: 600_000,
      ...wishes.limits,
    },
    workers: { min: 5, max: 20, priority: 5 },
    keepalive: wishes.keepalive ?? { interval: -1, count: 0 },
    log: wishes.log ?? { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    ...(wishes.watch === undefined ? {} : { watch: wishes.watch }),
  });
  const path = join(directory, 'libvirt-sock');
  const readOnlyPath = join(directory, 'libvirt-sock-ro');
  await server.listen({ name: 'libvirt-sock', path, mode: 0o700, gid: null, readOnly: false });
  await server.listen({ name: 'libvirt-sock-ro', path: readOnlyPath, mode: 0o777, gid: null, readOnly: true });
  const end = async (): Promise<void> => {
    await server.close(0);
    rmSync(directory, { recursive: true });
  };
  return { server, path, readOnlyPath, directory, lines, [Symbol.asyncDispose]: end };
}
