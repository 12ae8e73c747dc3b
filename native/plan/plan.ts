/**
 * What the controller is told: everything that one container needs, in the order in which it is done. The daemon
 * decides (this is the only document that says what a container is made of), the controller obeys.
 *
 * Three processes take part. The *host* stage runs in the controller with the host's rights, before init exists: it
 * joins shared namespaces, attaches loop devices and makes every mount whose source lies on the host (so that device
 * nodes and block filesystems also work below a user namespace). *Init* is cloned into the new namespaces, performs
 * `operations` in order, enters its root and becomes the container's program as `init` says.
 *
 * Every path inside the container is absolute and is resolved below the container's root: symlinks in it never lead
 * out. Paths on the host are followed as they are.
 */

/** Mount attributes, a bit set; the values are the kernel's MOUNT_ATTR_*. */
export const MountAttribute = {
  READONLY: 0x01,
  NOSUID: 0x02,
  NODEV: 0x04,
  NOEXEC: 0x08,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
} as const;

/** A filesystem's own option ("size=64k", "ro"); a null value is a flag. */
export interface MountOption {
  readonly key: string;
  readonly value: string | null;
}

/** A device by number, or the loop device made for `Plan.loops[n]`. */
export type DeviceNumber =
  | { readonly by: 'number'; readonly major: number; readonly minor: number }
  | { readonly by: 'loop'; readonly loop: number };

/** What is put into a filesystem fresh from the host stage; paths are relative to its root, missing directories are made (0755). */
export type Entry =
  | {
      readonly make: 'directory';
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly make: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly make: 'file';
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly contents: string;
    }
  | {
      readonly make: 'node';
      readonly path: string;
      readonly kind: 'char' | 'block';
      readonly device: DeviceNumber;
      readonly mode: number;
      /** The host's ids: below a user namespace, those that the container's root is mapped to. */
      readonly uid: number;
      readonly gid: number;
    }
  | {
      /** Where `source`, a path of the host, is going to be mounted: a directory or an empty file, as that is. */
      readonly make: 'place';
      readonly path: string;
      readonly source: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** A mount made on the host. */
export type HostMount =
  | {
      /** A directory or a file of the host, with what is mounted below it if recursive. */
      readonly from: 'path';
      readonly path: string;
      readonly recursive: boolean;
      /** Applied to all of it. */
      readonly attributes: number;
      /** Directories and files that are made there if they are missing: places for mounts in what is about to be read-only. */
      readonly entries: readonly Entry[];
    }
  | {
      readonly from: 'filesystem';
      readonly type: string;
      /** null for those that have none (tmpfs). */
      readonly source:
        { readonly by: 'path'; readonly path: string } | { readonly by: 'loop'; readonly loop: number } | null;
      readonly options: readonly MountOption[];
      readonly attributes: number;
      readonly entries: readonly Entry[];
    };

/** A file to be seen as a block device for as long as the container lives. */
export interface Loop {
  readonly file: string;
  readonly readonly: boolean;
}

export const NamespaceKind = {
  MOUNT: 'mount',
  UTS: 'uts',
  IPC: 'ipc',
  PID: 'pid',
  USER: 'user',
  NET: 'net',
  CGROUP: 'cgroup',
} as const;
export type NamespaceKind = (typeof NamespaceKind)[keyof typeof NamespaceKind];

export interface IdRange {
  /** First id inside the container. */
  readonly inside: number;
  /** First id on the host. */
  readonly outside: number;
  readonly count: number;
}

/** An address with its prefix length; `address` is 4 or 16 bytes in network order. */
export interface LinkAddress {
  readonly address: Uint8Array;
  readonly prefix: number;
  readonly peer: Uint8Array | null;
}

/** How a link is found: the name it was born with in the container's network namespace. */
export interface LinkSetup {
  readonly name: string;
  /** null keeps the name. */
  readonly rename: string | null;
  readonly mtu: number | null;
  readonly addresses: readonly LinkAddress[];
  readonly up: boolean;
}

export interface RouteSetup {
  /** The link's final name; null leaves the choice to the kernel (by gateway). */
  readonly link: string | null;
  /** 4 or 16 bytes; all zero with prefix 0 is the default route. */
  readonly destination: Uint8Array;
  readonly prefix: number;
  readonly gateway: Uint8Array | null;
  readonly metric: number | null;
}

/** One step of init, performed inside its namespaces, as the container's root if there are id maps. */
export type Operation =
  /** Waits for `Container.run()`: what lies before it overlaps with the daemon's work on the network. At the latest, init waits before it enters its root. */
  | { readonly do: 'await-go' }
  /** Makes a directory and its missing parents; what exists is left alone. */
  | { readonly do: 'mkdir'; readonly path: string; readonly mode: number }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  /** Makes an empty file (0644) if there is nothing: the place for a file to be bound to. */
  | { readonly do: 'touch'; readonly path: string }
  /** Writes into an existing file, e.g. below /proc/sys. */
  | { readonly do: 'write'; readonly path: string; readonly contents: string }
  /** Puts a mount of the host stage at `target`, which is made if missing (a directory or a file, like the source). */
  | { readonly do: 'attach'; readonly mount: HostMount; readonly target: string }
  /** Mounts a filesystem that belongs to init's namespaces: proc, sysfs, devpts, mqueue, cgroup; makes `target` if missing. */
  | {
      readonly do: 'mount';
      readonly type: string;
      readonly source: string | null;
      readonly options: readonly MountOption[];
      readonly attributes: number;
      readonly target: string;
    }
  /** Binds a path of the container to another. `optional`: a missing source is passed over. */
  | {
      readonly do: 'bind';
      readonly source: string;
      readonly target: string;
      readonly recursive: boolean;
      readonly attributes: number;
      readonly optional: boolean;
    }
  /** Adds attributes to the mount at `path` (read-only root, at the end). */
  | { readonly do: 'attributes'; readonly path: string; readonly recursive: boolean; readonly attributes: number }
  /** Hides what is at `path`: a file behind /dev/null, a directory behind an empty read-only tmpfs. Nothing there: nothing done. */
  | { readonly do: 'mask'; readonly path: string }
  /** Opens `count` terminals of the container's own devpts at `devpts`: they become pts/0 … and are what `Container.consoles` are joined to, in order. */
  | {
      readonly do: 'consoles';
      readonly devpts: string;
      readonly count: number;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly do: 'hostname'; readonly name: string }
  | { readonly do: 'link'; readonly link: LinkSetup }
  | { readonly do: 'route'; readonly route: RouteSetup }
  /** `resource` is the kernel's RLIMIT_*; null is without limit. */
  | { readonly do: 'rlimit'; readonly resource: number; readonly soft: bigint | null; readonly hard: bigint | null }
  /** personality(2): 8 is PER_LINUX32. */
  | { readonly do: 'personality'; readonly persona: number }
  | { readonly do: 'affinity'; readonly cpus: readonly number[] }
  /** set_mempolicy(2): `mode` is the kernel's MPOL_*. */
  | { readonly do: 'mempolicy'; readonly mode: number; readonly nodes: readonly number[] }
  | { readonly do: 'oom-score'; readonly adjustment: number }
  /** Binds a file over the last name of `target`: a symbolic link of that name is covered, not followed. Nothing there: an empty file is made. */
  | { readonly do: 'cover'; readonly source: string; readonly target: string };

/** The container's program, and with which rights it starts. */
export interface Init {
  readonly argv: readonly string[];
  /** "NAME=value". Nothing is added. */
  readonly env: readonly string[];
  readonly directory: string;
  /** A name of the container's own /etc/passwd or a number ("1000", "+1000"); null is root. */
  readonly user: string | null;
  /** As `user`, of /etc/group; null is the user's own group. */
  readonly group: string | null;
  /** Bit n is capability n: what stays in bounding, permitted and effective. Inheritable and ambient are empty. */
  readonly capabilities: bigint;
  readonly noNewPrivileges: boolean;
  /** A classic BPF program as in struct sock_filter; empty is none. See seccomp.ts. */
  readonly seccomp: Uint8Array;
  /** Written to /proc/self/attr/ATTRIBUTE ("exec", "apparmor/exec") just before the program starts. */
  readonly label: { readonly attribute: string; readonly value: string } | null;
  /** The first console is stdin, stdout and stderr and the controlling terminal. Without: all three are /dev/null. */
  readonly terminal: boolean;
}

export interface Plan {
  /** The domain's name: for messages and the process list. */
  readonly name: string;
  /** Where a later daemon finds the controller; null: it cannot be adopted. */
  readonly socket: string | null;
  /** Holds the controller's pid while it lives. */
  readonly pidFile: string | null;
  /** Written when the container has ended (see launch/outcome.ts), also when no daemon is there; the daemon removes it. */
  readonly outcomeFile: string | null;
  readonly namespaces: readonly NamespaceKind[];
  /** Namespaces of others, joined by path (/proc/PID/ns/net, /run/netns/NAME). */
  readonly join: readonly { readonly kind: 'net' | 'ipc' | 'uts'; readonly path: string }[];
  /** Only with a user namespace. */
  readonly uidMap: readonly IdRange[];
  readonly gidMap: readonly IdRange[];
  /** v1 `tasks` files that init writes itself into before anything else. */
  readonly taskFiles: readonly string[];
  /** The v2 directory that init is born in. */
  readonly unifiedDirectory: string | null;
  /** Removed at the end, with what the container made below them; in this order. */
  readonly cgroupDirectories: readonly string[];
  readonly loops: readonly Loop[];
  readonly root: HostMount;
  /** Any directory of the host that init may cover, in its own namespace, while it changes root. */
  readonly rootMountPoint: string;
  readonly operations: readonly Operation[];
  readonly init: Init;
  /** Has `target`, the container's /proc/meminfo, tell of the memory cgroup `directory`; where the host has no FUSE it tells of the host. */
  readonly memoryView: { readonly target: string; readonly unified: boolean; readonly directory: string } | null;
}
