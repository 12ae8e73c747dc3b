import { readFile } from 'node:fs/promises';
import { parseAttributes, parseU32 } from '../ffi/netlink-attributes.ts';
import { routeDump } from '../ffi/rtnetlink.ts';
import { infoAttributes, linkAttributes, linkHeader, messageTypes, parseLink, type Link } from './link-message.ts';

/** RFC 2863's states, by the kernel's numbers for them. */
const operationalStates = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const;
export type OperationalState = (typeof operationalStates)[number];

export interface BridgeFacts {
  readonly stp: boolean;
  /** Hundredths of a second. */
  readonly forwardDelay: number;
}

export interface BondFacts {
  readonly mode: number;
  /** Milliseconds, as the delays are. */
  readonly miimon: number;
  readonly upDelay: number;
  readonly downDelay: number;
  readonly useCarrier: boolean;
  readonly arpInterval: number;
}

/** A link of the host with what belongs to its kind. */
export interface HostLink extends Link {
  readonly state: OperationalState;
  readonly bridge: BridgeFacts | null;
  readonly bond: BondFacts | null;
  readonly vlanId: number | null;
}

const operationalState = 16;
const bridgeData = { forwardDelay: 1, stp: 5 } as const;
const bondData = { mode: 1, miimon: 3, upDelay: 4, downDelay: 5, useCarrier: 6, arpInterval: 7 } as const;
const vlanData = { id: 1 } as const;

/** All links of the host, in the order of their indexes. */
export const hostLinks = (): HostLink[] =>
  routeDump({ type: messageTypes.getLink, body: linkHeader(0), subject: 'links' }).map(({ body }) => hostLink(body));

function hostLink(body: Buffer): HostLink {
  const link = parseLink(body);
  const attributes = parseAttributes(body, linkHeader(0).length);
  const info = attributes.get(linkAttributes.info);
  const data = info === undefined ? undefined : parseAttributes(info).get(infoAttributes.data);
  const facts = data === undefined ? new Map<number, Buffer>() : parseAttributes(data);
  const number = (type: number): number => parseU32(facts.get(type)) ?? 0;
  const byte = (type: number): number => facts.get(type)?.at(0) ?? 0;
  return {
    ...link,
    state: operationalStates[attributes.get(operationalState)?.at(0) ?? 0] ?? 'unknown',
    bridge:
      link.kind === 'bridge'
        ? { stp: number(bridgeData.stp) !== 0, forwardDelay: number(bridgeData.forwardDelay) }
        : null,
    bond:
      link.kind === 'bond'
        ? {
            mode: byte(bondData.mode),
            miimon: number(bondData.miimon),
            upDelay: number(bondData.upDelay),
            downDelay: number(bondData.downDelay),
            useCarrier: byte(bondData.useCarrier) !== 0,
            arpInterval: number(bondData.arpInterval),
          }
        : null,
    vlanId: link.kind === 'vlan' ? (facts.get(vlanData.id)?.readUInt16LE(0) ?? null) : null,
  };
}

/** Megabits per second, as the driver says; null for a link that has none or is down. A driver may take its time. */
export async function linkSpeed(name: string): Promise<number | null> {
  const text = await readFile(`/sys/class/net/${name}/speed`, 'utf8').catch(() => '');
  const speed = Number(text.trim());
  return text === '' || !Number.isInteger(speed) || speed < 0 ? null : speed;
}
