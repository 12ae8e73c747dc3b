import type { Controller } from './cgroup.ts';
import type { Hierarchies } from './hierarchies.ts';

/** One controller's directory of a cgroup. */
export interface ControllerDirectory {
  readonly version: 1 | 2;
  readonly directory: string;
}

/** The directories that make up one cgroup. */
export interface Location {
  readonly layout: Hierarchies['layout'];
  readonly path: string;
  readonly controllers: ReadonlyMap<Controller, ControllerDirectory>;
  /** v1's name=systemd. */
  readonly systemd: string | null;
  readonly unified: string | null;
  /**
   * Parts of a scope that its owner, systemd, does not look after: they go with the cgroup. The rest of a scope is left to it,
   * or it would not learn that the scope has ended.
   */
  readonly scopes: readonly string[];
  /** Each directory once, with the mount point of its hierarchy; v1's before cgroup2's. */
  readonly all: readonly { readonly mount: string; readonly directory: string }[];
}

/** The part of a systemd scope in which a container lives, below the cgroup that is the scope's own. */
export const SCOPE_PART = '/libvirt';

export function locate({ layout, controllers, v1, systemd, unified }: Hierarchies, path: string): Location {
  const at = (mount: string): string => `${mount}${path}`;
  const mounts = unified === null ? v1 : [...v1, unified];
  const scope = path.endsWith(`.scope${SCOPE_PART}`) ? path.slice(0, -SCOPE_PART.length) : null;
  return {
    layout,
    path,
    controllers: new Map(
      [...controllers].map(([controller, { version, mount }]) => [controller, { version, directory: at(mount) }]),
    ),
    systemd: systemd === null ? null : at(systemd),
    unified: unified === null ? null : at(unified),
    scopes: scope === null ? [] : v1.filter(mount => mount !== systemd).map(mount => `${mount}${scope}`),
    all: mounts.map(mount => ({ mount, directory: at(mount) })),
  };
}
