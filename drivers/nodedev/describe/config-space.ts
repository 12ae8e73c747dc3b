import type { PciLink } from '../../xml/node-device/definition.ts';

/** A PCI device's registers, as its "config" file has them: the first 64 bytes for all, the rest for those that may. */
export interface ConfigSpace {
  readonly bridge: 'pci-bridge' | 'cardbus-bridge' | null;
  /** Null for a device that is not PCI Express. */
  readonly express: { readonly links: readonly PciLink[] } | null;
}

/** Bytes of a conventional device: that the kernel shows more is what tells an express one that has no capability to say so. */
const CONVENTIONAL = 256;

const STATUS = 0x06;
const HEADER_TYPE = 0x0e;
const CAPABILITIES = 0x34;
const STATUS_HAS_CAPABILITIES = 0x10;
const MULTI_FUNCTION = 0x80;
const EXPRESS = 0x10;
/** In the standard part: 48 capabilities of 4 bytes. */
const CAPABILITIES_MAX = 48;

const FLAGS_AT = 0x02;
const LINK_CAPABILITIES_AT = 0x0c;
const LINK_STATUS_AT = 0x12;

/** Devices inside of the root complex have no link. */
const integratedTypes = new Set([0x9, 0xa]);

/** GT/s by the register's value. */
const speeds = [null, '2.5', '5', '8', '16', '32', '64'];

const bridges = [null, 'pci-bridge', 'cardbus-bridge'] as const;

export function readConfigSpace(config: Buffer): ConfigSpace {
  if (config.length < 0x40) return { bridge: null, express: null };
  const at = findExpress(config);
  return {
    bridge: bridges[config.readUInt8(HEADER_TYPE) & ~MULTI_FUNCTION] ?? null,
    express: at === null && config.length <= CONVENTIONAL ? null : { links: at === null ? [] : readLinks(config, at) },
  };
}

function findExpress(config: Buffer): number | null {
  if ((config.readUInt16LE(STATUS) & STATUS_HAS_CAPABILITIES) === 0) return null;
  let at = config.readUInt8(CAPABILITIES) & ~3;
  for (let count = 0; count < CAPABILITIES_MAX && at >= 0x40 && at + 0x14 <= config.length; count++) {
    if (config.readUInt8(at) === EXPRESS) return at;
    at = config.readUInt8(at + 1) & ~3;
  }
  return null;
}

function readLinks(config: Buffer, at: number): PciLink[] {
  const type = (config.readUInt16LE(at + FLAGS_AT) >> 4) & 0xf;
  if (integratedTypes.has(type)) return [];
  const able = config.readUInt32LE(at + LINK_CAPABILITIES_AT);
  const now = config.readUInt16LE(at + LINK_STATUS_AT);
  return [
    { validity: 'cap', port: able >>> 24, ...rate(able) },
    { validity: 'sta', port: null, ...rate(now) },
  ];
}

const rate = (register: number): Pick<PciLink, 'speed' | 'width'> => ({
  speed: speeds[register & 0xf] ?? null,
  width: (register >> 4) & 0x3f,
});
