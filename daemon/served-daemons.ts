import type { SecondaryDriver } from './opened-driver.ts';

/** Which sockets a daemon of libvirt's serves, and what their clients get. */
export interface ServedDaemon {
  /** Its sockets are "<sockets>-sock", "<sockets>-sock-ro" and "<sockets>-admin-sock". */
  readonly sockets: string;
  /** The one driver that its clients may open; null: any. */
  readonly opens: SecondaryDriver | null;
  /** What the ids of their requests begin with in the log. */
  readonly letter: string;
}

/**
 * libvirt's daemons that this one can stand for, by their names: the monolithic one and the proxy to the modular ones,
 * which have the same sockets, and those that have one driver each.
 */
export const servedDaemons = {
  libvirtd: { sockets: 'libvirt', opens: null, letter: 'c' },
  virtproxyd: { sockets: 'libvirt', opens: null, letter: 'c' },
  virtlxcd: { sockets: 'virtlxcd', opens: null, letter: 'c' },
  virtinterfaced: { sockets: 'virtinterfaced', opens: 'interface', letter: 'i' },
  virtnetworkd: { sockets: 'virtnetworkd', opens: 'network', letter: 'n' },
  virtnodedevd: { sockets: 'virtnodedevd', opens: 'nodedev', letter: 'd' },
  virtnwfilterd: { sockets: 'virtnwfilterd', opens: 'nwfilter', letter: 'f' },
  virtsecretd: { sockets: 'virtsecretd', opens: 'secret', letter: 's' },
  virtstoraged: { sockets: 'virtstoraged', opens: 'storage', letter: 'p' },
} as const satisfies Record<string, ServedDaemon>;

export type DaemonName = keyof typeof servedDaemons;

export const isDaemonName = (name: string): name is DaemonName => Object.hasOwn(servedDaemons, name);

/** Whether clients of all drivers come, as to libvirtd: then everything on the host that libvirt manages is this daemon's. */
export const servesAll = (daemons: ReadonlySet<DaemonName>): boolean =>
  daemons.has('libvirtd') || daemons.has('virtproxyd');

/** Of those that do not have one driver each: what this one calls itself towards administrators. */
export const mainDaemon = (daemons: ReadonlySet<DaemonName>): DaemonName =>
  (['libvirtd', 'virtproxyd'] as const).find(name => daemons.has(name)) ?? 'virtlxcd';

/**
 * The drivers whose objects another daemon of the host may have: those that clients do not come to this one for. Theirs lie
 * in places of their own then.
 */
export const driversApart = (daemons: ReadonlySet<DaemonName>): ReadonlySet<SecondaryDriver> =>
  new Set(
    servesAll(daemons)
      ? []
      : Object.entries(servedDaemons).flatMap(([name, { opens }]) =>
          opens === null || (isDaemonName(name) && daemons.has(name)) ? [] : opens,
        ),
  );

/** The daemon that the sockets "<sockets>-…" belong to. */
export function daemonOfSockets(sockets: string): DaemonName | null {
  const found = Object.entries(servedDaemons).find(([, daemon]) => daemon.sockets === sockets)?.[0] ?? '';
  return isDaemonName(found) ? found : null;
}
