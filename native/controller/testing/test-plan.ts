import { MountAttribute } from '../../plan/plan.ts';
import type { Entry, Init, Operation, Plan } from '../../plan/plan.ts';

const { NODEV, NOEXEC, NOSUID, READONLY } = MountAttribute;

export const ALL_CAPABILITIES = (1n << 41n) - 1n;

const node = (path: string, minor: number, owner: number): Entry => ({
  make: 'node',
  path,
  kind: 'char',
  device: { by: 'number', major: path === 'tty' ? 5 : 1, minor },
  mode: 0o666,
  uid: owner,
  gid: owner,
});

const nodes = [
  ['null', 3],
  ['zero', 5],
  ['full', 7],
  ['random', 8],
  ['urandom', 9],
  ['tty', 0],
] as const;

/** What every container of these tests is made of: /proc, /sys, /dev with `consoles` terminals. `owner` is its root on the host. */
export function standardOperations(consoles = 1, owner = 0): Operation[] {
  return [
    { do: 'mount', type: 'proc', source: 'proc', options: [], attributes: NOSUID | NODEV | NOEXEC, target: '/proc' },
    {
      do: 'mount',
      type: 'sysfs',
      source: 'sysfs',
      options: [],
      attributes: NOSUID | NODEV | NOEXEC | READONLY,
      target: '/sys',
    },
    {
      do: 'attach',
      target: '/dev',
      mount: {
        from: 'filesystem',
        type: 'tmpfs',
        source: { by: 'path', path: 'devfs' },
        options: [
          { key: 'mode', value: '755' },
          { key: 'size', value: '64k' },
          { key: 'uid', value: String(owner) },
          { key: 'gid', value: String(owner) },
        ],
        attributes: NOSUID,
        entries: [
          ...nodes.map(([path, minor]) => node(path, minor, owner)),
          { make: 'directory', path: 'pts', mode: 0o755, uid: owner, gid: owner },
          { make: 'symlink', path: 'console', target: 'pts/0' },
          { make: 'symlink', path: 'ptmx', target: 'pts/ptmx' },
        ],
      },
    },
    {
      do: 'mount',
      type: 'devpts',
      source: 'devpts',
      options: [
        { key: 'ptmxmode', value: '0666' },
        { key: 'mode', value: '0620' },
        { key: 'gid', value: '5' },
      ],
      attributes: NOSUID | NOEXEC,
      target: '/dev/pts',
    },
    { do: 'consoles', devpts: '/dev/pts', count: consoles, mode: 0o620, uid: 0, gid: 5 },
  ];
}

export function testInit(argv: readonly string[], change: Partial<Init> = {}): Init {
  return {
    argv,
    env: ['PATH=/bin', 'TERM=linux'],
    directory: '/',
    user: null,
    group: null,
    capabilities: ALL_CAPABILITIES,
    noNewPrivileges: false,
    seccomp: new Uint8Array(),
    label: null,
    terminal: true,
    ...change,
  };
}

export type PlanChange = Partial<Omit<Plan, 'init'>> & { readonly init?: Partial<Init> };

/** A container in `root` that runs a shell script; everything else can be changed. */
export function testPlan(root: string, script: string, { init, ...change }: PlanChange = {}): Plan {
  return {
    name: 'test',
    socket: null,
    pidFile: null,
    outcomeFile: null,
    namespaces: ['mount', 'uts', 'ipc', 'pid', 'net'],
    join: [],
    uidMap: [],
    gidMap: [],
    taskFiles: [],
    unifiedDirectory: null,
    cgroupDirectories: [],
    loops: [],
    root: { from: 'path', path: root, recursive: true, attributes: 0, entries: [] },
    rootMountPoint: '/run',
    operations: standardOperations(),
    memoryView: null,
    init: testInit(['/bin/sh', '-c', script], init),
    ...change,
  };
}
