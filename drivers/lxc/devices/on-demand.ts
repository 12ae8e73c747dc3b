import type { LxcContext } from '../context.ts';
import type { DeviceChanges } from './devices.ts';

/** Devices that come and go, with code that is loaded by the first that does. */
export function deviceChangesOnDemand(context: LxcContext): DeviceChanges {
  const changes = async (): Promise<DeviceChanges> => {
    const { deviceChanges } = await import('./devices.ts');
    return deviceChanges(context);
  };
  return {
    domainAttachDeviceFlags: async (ref, xml, flags) => (await changes()).domainAttachDeviceFlags(ref, xml, flags),
    domainDetachDeviceFlags: async (ref, xml, flags) => (await changes()).domainDetachDeviceFlags(ref, xml, flags),
    domainUpdateDeviceFlags: async (ref, xml, flags) => (await changes()).domainUpdateDeviceFlags(ref, xml, flags),
    domainDetachDeviceAlias: async (ref, alias, flags) => (await changes()).domainDetachDeviceAlias(ref, alias, flags),
  };
}
