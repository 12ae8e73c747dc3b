import type { SystemCapability } from '../../xml/node-device/definition.ts';
import type { HostFacts } from './facts.ts';

const DMI = '/sys/class/dmi/id';

/** The host, by what its firmware says. */
export function describeSystem({ tree, hostUuid }: HostFacts): SystemCapability {
  const read = (name: string): string | null => tree.text(`${DMI}/${name}`);
  return {
    type: 'system',
    product: read('product_name'),
    hardware: {
      vendor: read('sys_vendor'),
      version: read('product_version'),
      serial: read('product_serial'),
      uuid: hostUuid,
    },
    firmware: { vendor: read('bios_vendor'), version: read('bios_version'), releaseDate: read('bios_date') },
  };
}
