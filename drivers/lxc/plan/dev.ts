import { MountAttribute, type Entry, type MountOption, type Operation } from '../../../native/plan/plan.ts';
import { TTY_GROUP, type Identity } from './identity.ts';

/** The devices that every container has: character devices of everybody. */
const standardNodes = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
] as const;

const standardLinks = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
] as const;

function symlink(path: string, target: string): Entry {
  return { make: 'symlink', path, target };
}

/** /dev/console and /dev/tty1 are the first console, /dev/tty2 the second. Links, because a bind mount could not be restored from a checkpoint. */
function consoleLinks(consoles: number): Entry[] {
  const numbers = Array.from({ length: consoles }, (_, at) => at);
  return [
    ...(consoles > 0 ? [symlink('console', 'pts/0')] : []),
    ...numbers.map(at => symlink(`tty${at + 1}`, `pts/${at}`)),
  ];
}

const option = (key: string, value: string | null = null): MountOption => ({ key, value });

/**
 * /dev with its nodes, /dev/pts with the consoles. Made by the host stage, since nobody below a user namespace may make
 * a device node; the nodes belong to the container's root.
 */
export function devOperations(consoles: number, nodes: readonly Entry[], identity: Identity): Operation[] {
  const { rootUid: uid, rootGid: gid } = identity;
  const own = standardNodes.map(([path, major, minor]): Entry => ({
    make: 'node',
    path,
    kind: 'char',
    device: { by: 'number', major, minor },
    mode: 0o666,
    uid,
    gid,
  }));
  const links = [...standardLinks.map(([path, target]) => symlink(path, target)), ...consoleLinks(consoles)];
  const directories = ['pts', 'shm'].map((path): Entry => ({ make: 'directory', path, mode: 0o755, uid, gid }));
  const ptsGroup = identity.ttyGid === null ? [] : [option('gid', String(TTY_GROUP))];
  return [
    {
      do: 'attach',
      target: '/dev',
      mount: {
        from: 'filesystem',
        type: 'tmpfs',
        source: null,
        options: [option('size', '64k'), option('mode', '755'), option('uid', String(uid)), option('gid', String(gid))],
        attributes: MountAttribute.NOSUID,
        entries: [...directories, ...own, ...links, ...nodes],
      },
    },
    {
      do: 'mount',
      type: 'devpts',
      source: 'devpts',
      options: [option('newinstance'), option('ptmxmode', '666'), option('mode', '620'), ...ptsGroup],
      attributes: MountAttribute.NOSUID | MountAttribute.NOEXEC,
      target: '/dev/pts',
    },
    {
      do: 'mount',
      type: 'tmpfs',
      source: 'shm',
      options: [option('mode', '1777')],
      attributes: MountAttribute.NOSUID | MountAttribute.NODEV,
      target: '/dev/shm',
    },
    {
      do: 'consoles',
      devpts: '/dev/pts',
      count: consoles,
      mode: 0o620,
      uid: 0,
      gid: identity.ttyGid === null ? 0 : TTY_GROUP,
    },
  ];
}
