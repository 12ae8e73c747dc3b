import { attribute } from '../describe/attribute.ts';
import { draft, type Part } from '../describe/part.ts';
import { parseUnsigned } from '../describe/text.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import type { ForwardMode, NetworkBridge } from './definition.ts';
import { xmlError } from './errors.ts';
import { canonicalMac, isLinkName, isMac, isMulticast, line } from './texts.ts';

/** Networks whose bridge is the daemon's own. */
export const ownBridge = (mode: ForwardMode): boolean =>
  mode === 'none' || mode === 'nat' || mode === 'route' || mode === 'open';

/** `<bridge>`, of networks that have one: `mode` says whose it is. */
export const bridge = (network: string, forwardMode: ForwardMode): Part<NetworkBridge | null> => ({
  read(from, mode) {
    const element = childOf(from, 'bridge');
    if (element === null) return ownBridge(forwardMode) ? unnamed : null;
    const value = {
      name: nameOf(element, network),
      stp: attributeOf(element, 'stp') !== 'off',
      delay: delayOf(element, network),
      macTableManager: macTableManagerOf(element, network),
      zone: attribute('zone', line).read(element, mode),
    };
    checkAllowed(element, value, forwardMode, network);
    return ownBridge(forwardMode) || (forwardMode === 'bridge' && value.name !== null) ? value : null;
  },
  write(value, to) {
    if (value === null) return;
    const element = draft('bridge');
    const put = (name: string, text: string | null): void => {
      if (text !== null) element.attributes.push({ name, value: text });
    };
    const own = ownBridge(forwardMode);
    put('name', value.name);
    put('zone', value.zone);
    put('stp', own ? (value.stp ? 'on' : 'off') : null);
    put('delay', own ? String(value.delay) : null);
    put('macTableManager', value.macTableManager);
    to.children.push(element);
  },
});

const unnamed: NetworkBridge = { name: null, stp: true, delay: 0, macTableManager: null, zone: null };

function nameOf(element: XmlElement, network: string): string | null {
  const name = attributeOf(element, 'name');
  if (name === null || name === '') return null;
  if (!isLinkName(name.replace(/%d/g, '0'))) throw xmlError(`Invalid bridge name '${name}' in network '${network}'`);
  return name;
}

function delayOf(element: XmlElement, network: string): number {
  const text = attributeOf(element, 'delay');
  if (text === null) return 0;
  const delay = parseUnsigned(text);
  if (delay === null || delay > 0xffff_ffffn) throw xmlError(`Invalid delay value in network '${network}'`);
  return Number(delay);
}

function macTableManagerOf(element: XmlElement, network: string): NetworkBridge['macTableManager'] {
  const text = attributeOf(element, 'macTableManager');
  if (text === null || text === 'kernel' || text === 'libvirt') return text;
  throw xmlError(`Invalid macTableManager setting '${text}' in network '${network}'`);
}

function checkAllowed(element: XmlElement, { name }: NetworkBridge, mode: ForwardMode, network: string): void {
  if (ownBridge(mode)) return;
  if (mode !== 'bridge') {
    if (name !== null) throw xmlError(`bridge name not allowed in ${mode} mode (network '${network}')`);
    return;
  }
  if (['delay', 'stp', 'zone'].some(option => attributeOf(element, option) !== null))
    throw xmlError(
      `bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in ${mode} (network '${network}')`,
    );
}

/** `<mac>`: the bridge's address. */
export const bridgeMac = (network: string): Part<string | null> => ({
  read(from) {
    const element = childOf(from, 'mac');
    const text = element === null ? null : attributeOf(element, 'address');
    if (text === null) return null;
    if (!isMac(text)) throw xmlError(`Invalid bridge mac address '${text}' in network '${network}'`);
    if (isMulticast(text)) throw xmlError(`Invalid multicast bridge mac address '${text}' in network '${network}'`);
    return canonicalMac(text);
  },
  write(value, to) {
    if (value === null) return;
    const element = draft('mac');
    element.attributes.push({ name: 'address', value });
    to.children.push(element);
  },
});

/** `<mtu>`; a size of zero is none. */
export const networkMtu = (network: string): Part<number | null> => ({
  read(from) {
    const element = childOf(from, 'mtu');
    const text = element === null ? null : attributeOf(element, 'size');
    if (text === null) return null;
    const size = parseUnsigned(text);
    if (size === null || size > 0xffff_ffffn) throw xmlError(`Invalid mtu size '${text}' in network '${network}'`);
    return Number(size) || null;
  },
  write(value, to) {
    if (value === null) return;
    const element = draft('mtu');
    element.attributes.push({ name: 'size', value: String(value) });
    to.children.push(element);
  },
});
