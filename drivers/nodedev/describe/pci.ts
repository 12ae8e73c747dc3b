import type { PciAddress, PciCapability } from '../../xml/node-device/definition.ts';
import type { HostTree } from '../host/host-tree.ts';
import { parseNumber } from '../host/host-tree.ts';
import { readConfigSpace } from './config-space.ts';
import type { Describe } from './facts.ts';
import { mdevTypesOf } from './mdev-types.ts';
import { parsePciAddress } from './pci-address.ts';
import { parseVitalProductData } from './vital-product-data.ts';

export const describePci: Describe<PciCapability> = async ({ tree, pciNames }, { path, sysname }) => {
  const address = parsePciAddress(sysname);
  const vendor = tree.number(`${path}/vendor`);
  const product = tree.number(`${path}/device`);
  if (address === null || vendor === null || product === null) return null;
  const names = await pciNames.names(vendor, product);
  const numaNode = tree.number(`${path}/numa_node`) ?? -1;
  return {
    type: 'pci',
    class: tree.number(`${path}/class`),
    ...address,
    product: { id: product, name: names.product },
    vendor: { id: vendor, name: names.vendor },
    physicalFunction: parsePciAddress(tree.linkName(`${path}/physfn`)),
    virtualFunctions: virtualFunctionsOf(tree, path),
    mdevTypes: mdevTypesOf(tree, path),
    vpd: await vitalProductDataOf(tree, path),
    iommuGroup: iommuGroupOf(tree, path),
    numaNode: numaNode < 0 ? null : numaNode,
    ...readConfigSpace((await tree.slowBytes(`${path}/config`)) ?? Buffer.alloc(0)),
  };
};

/** The hardware takes its time to tell. */
export async function vitalProductDataOf(tree: HostTree, path: string) {
  if (!tree.exists(`${path}/vpd`)) return null;
  const bytes = await tree.slowBytes(`${path}/vpd`);
  return bytes === null ? null : parseVitalProductData(bytes);
}

function virtualFunctionsOf(tree: HostTree, path: string): PciCapability['virtualFunctions'] {
  const maxCount = tree.number(`${path}/sriov_totalvfs`) ?? 0;
  const addresses: PciAddress[] = [];
  for (;;) {
    const address = parsePciAddress(tree.linkName(`${path}/virtfn${addresses.length}`));
    if (address === null) break;
    addresses.push(address);
  }
  return maxCount === 0 && addresses.length === 0 ? null : { maxCount, addresses };
}

function iommuGroupOf(tree: HostTree, path: string): PciCapability['iommuGroup'] {
  const number = parseNumber(tree.linkName(`${path}/iommu_group`));
  if (number === null) return null;
  const addresses = tree.names(`${path}/iommu_group/devices`).flatMap(name => parsePciAddress(name) ?? []);
  return { number, addresses };
}
