import type { PciAddress } from '../../xml/node-device/definition.ts';

const NAME = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/;

/** "0000:00:1f.2" */
export function parsePciAddress(name: string | null): PciAddress | null {
  const [, domain, bus, slot, func] = NAME.exec(name ?? '') ?? [];
  if (domain === undefined || bus === undefined || slot === undefined || func === undefined) return null;
  return {
    domain: Number.parseInt(domain, 16),
    bus: Number.parseInt(bus, 16),
    slot: Number.parseInt(slot, 16),
    function: Number.parseInt(func, 16),
  };
}
