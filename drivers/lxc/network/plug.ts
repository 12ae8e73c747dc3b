import type { InterfaceDevice, PciPlace } from '../../xml/domain/definition.ts';
import { xmlElement } from '../../xml/tree.ts';

/** What an interface is connected to: one of a network to what the network gave it. */
export function plugOf(device: InterfaceDevice): InterfaceDevice {
  const { actual, foreign } = device;
  if (device.type !== 'network' || actual === null) return device;
  const { bridge, dev, directMode, address, managed } = actual;
  switch (actual.type) {
    case 'direct':
      return { ...device, type: 'direct', source: dev, directMode };
    case 'hostdev':
      return { ...device, type: 'hostdev', source: null, managed, foreign: [...foreign, pciSource(address)] };
    default:
      return { ...device, type: 'bridge', source: bridge };
  }
}

const pciSource = (address: PciPlace | null) =>
  xmlElement('source', {}, address === null ? [] : [xmlElement('address', numbers(address))]);

const numbers = ({ domain, bus, slot, function: fn }: PciPlace): Record<string, string> => ({
  domain: String(domain),
  bus: String(bus),
  slot: String(slot),
  function: String(fn),
});
