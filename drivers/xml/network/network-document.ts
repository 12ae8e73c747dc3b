import { ErrorDomain } from '../../contract/constants.ts';
import { commentable } from '../comment.ts';
import { draft, inactiveMode, type Draft } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { isElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { NetworkDefinition } from './definition.ts';
import { network } from './description.ts';
import { pciName, pciNumbers } from './pci-address.ts';
import { validate } from './validate.ts';

/**
 * A network from its document, as it says itself: what the driver makes up (a bridge's name and address) is null. Throws
 * xmlDetail for what is no XML, xmlError, configUnsupported and so on for what it cannot mean, and xmlInvalidSchema for
 * what `check` finds.
 */
export async function parseNetwork(xml: string, options: { validate?: boolean } = {}): Promise<NetworkDefinition> {
  const check = options.validate === true ? await schemaCheck('network') : undefined;
  const root = await readXml(xml, {
    what: 'network_definition',
    root: 'network',
    domain: ErrorDomain.NETWORK,
    ...(check === undefined ? {} : { check }),
  });
  return networkFrom(root, false);
}

/** The same from an element that has been read already; a running network's lists what its pools hold. */
export function networkFrom(root: XmlElement, live: boolean): NetworkDefinition {
  const definition = network.read(root, { ...inactiveMode, live });
  validate(definition);
  return definition;
}

/** How many interfaces use the network, and each of the devices of its pool (by link name or PCI address). */
export interface Connections {
  readonly total: number;
  readonly byDevice: ReadonlyMap<string, number>;
}

export function networkElement(definition: NetworkDefinition, connections: Connections | null): XmlElement {
  const element = draft('network');
  network.write(definition, element, { ...inactiveMode, live: connections !== null });
  return connections === null ? element : withConnections(element, connections);
}

/** The document of a network; of one that runs with what uses it. */
export const formatNetwork = (definition: NetworkDefinition, connections: Connections | null = null): string =>
  formatXml(networkElement(definition, connections));

const counted = (count: number): { name: string; value: string }[] =>
  count === 0 ? [] : [{ name: 'connections', value: String(count) }];

function withConnections(element: Draft, { total, byDevice }: Connections): XmlElement {
  const [first] = element.attributes;
  const declared = first?.name === 'xmlns:dnsmasq' ? 1 : 0;
  element.attributes.splice(declared, 0, ...counted(total));
  const children = element.children.map(node => {
    if (!isElement(node) || node.name !== 'forward') return node;
    const devices = node.children.map(device => {
      if (!isElement(device)) return device;
      const key = deviceKey(device);
      return key === null
        ? device
        : { ...device, attributes: [...device.attributes, ...counted(byDevice.get(key) ?? 0)] };
    });
    return { ...node, children: devices };
  });
  return { ...element, children };
}

function deviceKey(device: XmlElement): string | null {
  if (device.name === 'interface') return device.attributes.find(({ name }) => name === 'dev')?.value ?? null;
  return device.name === 'address' ? pciName(pciNumbers(device)) : null;
}

/** The text of `/etc/libvirt/qemu/networks/NAME.xml`. */
export const formatStoredNetwork = (definition: NetworkDefinition): string =>
  networkFileHeader(definition.name) + formatNetwork(definition);

export const networkFileHeader = (name: string): string => `<!--
This file is written by the daemon that manages the network: a change made here is lost with its next write.
To change the network, use
  virsh net-edit ${commentable(name)}
or another program that talks to the daemon.
-->

`;
