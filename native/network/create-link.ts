import { attribute, nest, text, u32, u8 } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeRequest, routeRequestInBackground } from '../ffi/rtnetlink.ts';
import {
  flags,
  infoAttributes,
  linkAttributes,
  linkHeader,
  messageTypes,
  named,
  settings,
  type LinkSettings,
} from './link-message.ts';
import { findLink, getLink } from './links.ts';

/** The end of a veth pair, or a macvlan, that is born in the network namespace of a process. */
export interface GuestLink extends LinkSettings {
  readonly name: string;
  readonly pid: number;
}

export interface VethPair extends LinkSettings {
  /** The host's end. */
  readonly name: string;
  /** The bridge to make the host's end a port of. */
  readonly bridge?: string | undefined;
  /** Whether the host's end is up at once; the guest's is its namespace's business. */
  readonly up: boolean;
  readonly peer: GuestLink;
}

/** IFLA_MACVLAN_MODE's bits, by libvirt's names. */
export const macvlanModes = { private: 1, vepa: 2, bridge: 4, passthrough: 8 } as const;
export type MacvlanMode = keyof typeof macvlanModes;

export interface Macvlan extends GuestLink {
  /** The host's device below it. */
  readonly lower: string;
  readonly mode: MacvlanMode;
}

const vethPeer = 1;
const macvlanMode = 1;

const inNamespace = (pid: number): Buffer => attribute(linkAttributes.namespacePid, u32(pid));

const ofKind = (kind: string, ...data: readonly Buffer[]): Buffer =>
  nest(
    linkAttributes.info,
    attribute(infoAttributes.kind, text(kind)),
    ...(data.length === 0 ? [] : [nest(infoAttributes.data, ...data)]),
  );

function create(name: string, ...body: readonly Buffer[]): void {
  routeRequest({
    type: messageTypes.newLink,
    flags: flags.create | flags.exclusive,
    body: Buffer.concat(body),
    subject: name,
  });
}

/**
 * Makes a veth pair in one step: the guest's end is born in its namespace (moving it there would wait for an RCU grace
 * period), the host's is in the bridge. Throws NetlinkError: EEXIST when either name is taken.
 */
export function createVeth({ name, bridge, up, peer, ...own }: VethPair): void {
  const peerData = Buffer.concat([linkHeader(0), named(peer.name), inNamespace(peer.pid), ...settings(peer)]);
  create(
    name,
    linkHeader(0, up ? true : null),
    named(name),
    ...settings(own),
    ...(bridge === undefined ? [] : [attribute(linkAttributes.master, u32(getLink(bridge).index))]),
    ofKind('veth', attribute(vethPeer, peerData)),
  );
}

/** Makes a macvlan on a device of the host, born in the namespace of a process: the host never sees its name. */
export function createMacvlan({ name, pid, lower, mode, ...own }: Macvlan): void {
  create(
    name,
    linkHeader(0),
    named(name),
    inNamespace(pid),
    ...settings(own),
    attribute(linkAttributes.lower, u32(getLink(lower).index)),
    ofKind('macvlan', attribute(macvlanMode, u32(macvlanModes[mode]))),
  );
}

/** How a bridge is made. Absent is left to the kernel. */
export interface BridgeSettings extends LinkSettings {
  /** The spanning tree protocol; with it the kernel's least forward delay is two seconds. */
  readonly stp?: boolean | undefined;
  /** Milliseconds that a port listens, and learns, before it forwards. */
  readonly forwardDelay?: number | undefined;
  /** Throws ENOTSUPP, EINVAL or EOPNOTSUPP on kernels without. */
  readonly filtersVlans?: boolean | undefined;
}

const bridgeAttributes = { forwardDelay: 1, stp: 5, filtersVlans: 7 } as const;

/** Throws NetlinkError: EEXIST when the name is taken. */
export const createBridge = (name: string, bridge: BridgeSettings = {}): void =>
  create(name, ...bridgeMessage(name, bridge));

/** The same off the event loop: for the spanning tree protocol the kernel first looks for a program of the host's. */
export const createBridgeInBackground = (name: string, bridge: BridgeSettings): Promise<void> =>
  routeRequestInBackground({
    type: messageTypes.newLink,
    flags: flags.create | flags.exclusive,
    body: Buffer.concat(bridgeMessage(name, bridge)),
    subject: name,
  });

function bridgeMessage(name: string, { stp, forwardDelay, filtersVlans, ...own }: BridgeSettings): Buffer[] {
  const data = [
    // the kernel counts it in hundredths of a second, and is told before it minds the protocol's least
    ...(forwardDelay === undefined
      ? []
      : [attribute(bridgeAttributes.forwardDelay, u32(Math.round(forwardDelay / 10)))]),
    ...(stp === undefined ? [] : [attribute(bridgeAttributes.stp, u32(stp ? 1 : 0))]),
    ...(filtersVlans === undefined ? [] : [attribute(bridgeAttributes.filtersVlans, u8(filtersVlans ? 1 : 0))]),
  ];
  return [linkHeader(0), named(name), ...settings(own), ofKind('bridge', ...data)];
}

/**
 * Host-side names "vnet0", "vnet1", …: counting on from the last one given, like libvirt, so that a name does not soon
 * stand for another interface. One object for a daemon; other daemons take names too, which shows when one is taken.
 */
export class LinkNames {
  readonly #prefix: string;
  #next = 0;

  constructor(prefix = 'vnet') {
    this.#prefix = prefix;
  }

  /** Calls `make` with one name after the other until it is not refused as taken; returns the name that was not. */
  take(make: (name: string) => void): string {
    for (;;) {
      const name = `${this.#prefix}${this.#next++}`;
      try {
        make(name);
        return name;
      } catch (error) {
        // EEXIST may also be about a name that `make` brings along
        const taken = error instanceof NetlinkError && error.code === 'EEXIST' && findLink(name) !== null;
        if (!taken) throw error;
      }
    }
  }
}
