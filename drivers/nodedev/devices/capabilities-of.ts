import { makesMdevs } from '../describe/mdev-types.ts';
import { vitalProductDataOf } from '../describe/pci.ts';
import { fibreChannelHost, vportOperations } from '../describe/scsi.ts';
import type { HostTree } from '../host/host-tree.ts';
import type { KnownDevice } from './inventory.ts';

/** Capabilities that devices have besides their own, by libvirt's names. */
export const innerCapabilities: ReadonlySet<string> = new Set(['fc_host', 'vports', 'mdev_types', 'vpd']);

/** A device's own capability and those inside of it. */
export async function capabilitiesOf(tree: HostTree, { capability, host }: KnownDevice): Promise<string[]> {
  const path = host?.path ?? null;
  if (host === null || path === null) return [capability];
  const inner = await innerOf(tree, capability, path, host.sysname);
  return [capability, ...inner.filter(([, has]) => has).map(([name]) => name)];
}

async function innerOf(
  tree: HostTree,
  capability: string,
  path: string,
  sysname: string,
): Promise<readonly (readonly [name: string, has: boolean])[]> {
  switch (capability) {
    case 'scsi_host':
      return [
        ['fc_host', tree.exists(fibreChannelHost(sysname))],
        ['vports', vportOperations(tree, sysname) !== null],
      ];
    case 'pci':
      return [
        ['mdev_types', makesMdevs(tree, path)],
        ['vpd', (await vitalProductDataOf(tree, path)) !== null],
      ];
    case 'css':
    case 'ap_matrix':
      return [['mdev_types', makesMdevs(tree, path)]];
    default:
      return [];
  }
}
