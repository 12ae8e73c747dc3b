import type { MdevType } from '../../xml/node-device/definition.ts';
import type { HostTree } from '../host/host-tree.ts';

const directory = (path: string): string => `${path}/mdev_supported_types`;

export const makesMdevs = (tree: HostTree, path: string): boolean => tree.exists(directory(path));

/** The kinds of mediated devices that a parent makes. */
export function mdevTypesOf(tree: HostTree, path: string): MdevType[] {
  return tree.names(directory(path)).flatMap(id => {
    const at = `${directory(path)}/${id}`;
    const deviceApi = tree.text(`${at}/device_api`);
    const availableInstances = tree.number(`${at}/available_instances`);
    if (deviceApi === null || availableInstances === null) return [];
    return [{ id, name: tree.text(`${at}/name`), deviceApi, availableInstances }];
  });
}
