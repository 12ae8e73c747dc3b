import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Paths } from '../../drivers/contract/paths.ts';
import { peerCredentials } from '../../native/ffi/socket-messages.ts';
import { isHandle } from '../rpc/adopt.ts';
import { advice, ok, type Check, type Finding } from './finding.ts';
import { commandOf } from '../process-name.ts';

/** In the order in which clients of lxc:/// try them. */
const names = ['virtlxcd-sock', 'libvirt-sock'] as const;

/** Who answers where clients go: another daemon there keeps them from this one. */
export const sockets = (paths: Paths): Check => ({
  title: 'sockets',
  look: () => Promise.all(names.map(name => look(join(paths.run, name)))),
});

async function look(path: string): Promise<Finding> {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return ok(`${path} is free`);
  const server = await serverOf(path);
  if (server === null) return ok(`${path} is left over, and will be replaced`);
  const command = commandOf(server);
  if (command === 'lxvirtd') return ok(`${path} is served by lxvirtd (${server})`);
  return advice(
    `${path} is served by ${command} (${server}): clients of lxc:/// find that one`,
    'stop and disable its service and sockets, or leave it that socket by listen_as (docs/coexistence.md)',
  );
}

/** The pid of who listens; null when nobody does. */
const serverOf = (path: string): Promise<number | null> =>
  new Promise(resolve => {
    const socket = connect(path);
    socket.on('connect', () => {
      const handle: unknown = Reflect.get(socket, '_handle');
      resolve(isHandle(handle) ? peerCredentials(handle.fd).pid : null);
      socket.destroy();
    });
    socket.on('error', () => resolve(null));
  });
