import { runTool } from '../../../native/tools/run-tool.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { PciAssignment } from '../../contract/node-device.ts';
import type { Inventory } from '../devices/inventory.ts';
import type { HostTree } from '../host/host-tree.ts';

/** What gives a device to a program in place of a driver of the host, by libvirt's name for it. */
const VFIO = 'vfio-pci';

const bus = '/sys/bus/pci';

/** A PCI device, by where sysfs has it. */
interface PciDevice {
  readonly path: string;
  /** "0000:00:02.0" */
  readonly address: string;
}

/** PCI devices between the host's drivers and others, by way of sysfs (Linux 3.16: driver_override). */
export function pciAssignment(tree: HostTree, inventory: Inventory): PciAssignment {
  const find = async (name: string): Promise<PciDevice> => {
    const { capability, host } = await inventory.named(name);
    if (capability !== 'pci' || host?.path == null)
      throw errors.invalidArg(`device ${name} is not a PCI device`, ErrorDomain.NODEDEV);
    return { path: host.path, address: host.sysname };
  };
  return {
    async nodeDeviceDetach(name, driverName, flags) {
      checkFlags(flags, 0, 'nodeDeviceDetachFlags', ErrorDomain.NODEDEV);
      if (driverName !== null && driverName !== 'vfio')
        throw errors.invalidArg(`unknown driver name '${driverName}'`, ErrorDomain.NODEDEV);
      const device = await find(name);
      await requireVfio(tree);
      await giveTo(tree, device, VFIO);
      if (driverOf(tree, device) !== VFIO)
        throw errors.internalError(
          `Failed to bind PCI device '${device.address}' to ${VFIO}: the host may have no IOMMU`,
          ErrorDomain.NODEDEV,
        );
    },

    async nodeDeviceReAttach(name) {
      const device = await find(name);
      // One that another driver of the host has is the host's already.
      const driver = driverOf(tree, device);
      if (driver === null || driver === VFIO) await giveTo(tree, device, null);
    },

    async nodeDeviceReset(name) {
      const device = await find(name);
      const { path, address } = device;
      const driver = driverOf(tree, device);
      // It would lose what it is at: disks, links.
      if (driver !== null && driver !== VFIO)
        throw errors.operationInvalid(
          `PCI device ${address} is in use by the host's driver '${driver}'`,
          ErrorDomain.NODEDEV,
        );
      if (!tree.exists(`${path}/reset`))
        throw errors.internalError(
          `Unable to reset PCI device ${address}: no FLR, PM reset or bus reset available`,
          ErrorDomain.NODEDEV,
        );
      await write(tree, `${path}/reset`, '1');
    },
  };
}

const driverOf = (tree: HostTree, { path }: PciDevice): string | null => tree.linkName(`${path}/driver`);

/** Null leaves the choice to the kernel again. */
async function giveTo(tree: HostTree, device: PciDevice, driver: string | null): Promise<void> {
  const { path, address } = device;
  if (driver !== null && driverOf(tree, device) === driver) return;
  await write(tree, `${path}/driver_override`, `${driver ?? ''}\n`);
  if (driverOf(tree, device) !== null) await write(tree, `${path}/driver/unbind`, address);
  await write(tree, `${bus}/drivers_probe`, address);
}

async function requireVfio(tree: HostTree): Promise<void> {
  if (tree.exists(`${bus}/drivers/${VFIO}`)) return;
  await runTool('modprobe', ['--', VFIO]).catch(() => null);
  if (!tree.exists(`${bus}/drivers/${VFIO}`))
    throw errors.configUnsupported(
      `VFIO device assignment is currently not supported on this system: the kernel has no ${VFIO}`,
      ErrorDomain.NODEDEV,
    );
}

async function write(tree: HostTree, path: string, text: string): Promise<void> {
  await tree.write(path, text).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw errors.systemError(`Failed to write '${text.trim()}' to '${path}': ${why}`, ErrorDomain.NODEDEV, { cause });
  });
}
