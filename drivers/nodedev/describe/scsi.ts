import type {
  ScsiCapability,
  ScsiGenericCapability,
  ScsiHostCapability,
  ScsiTargetCapability,
} from '../../xml/node-device/definition.ts';
import type { HostTree } from '../host/host-tree.ts';
import { parseNumber } from '../host/host-tree.ts';
import type { Describe } from './facts.ts';

/** SCSI's numbers of peripheral device types, by libvirt's names. */
const deviceTypes: Readonly<Record<string, string>> = {
  '0': 'disk',
  '1': 'tape',
  '3': 'processor',
  '4': 'worm',
  '5': 'cdrom',
  '6': 'scanner',
  '7': 'mod',
  '8': 'changer',
  '12': 'raid',
  '13': 'enclosure',
  '14': 'rbc',
};

/** Of a Fibre Channel adapter, or its parent in that class. */
export const fibreChannelHost = (host: string): string => `/sys/class/fc_host/${host}`;

/** The file that makes a virtual adapter: either class may have it. */
export function vportOperations(tree: HostTree, host: string): string | null {
  const [directory] = [`/sys/class/fc_host/${host}`, `/sys/class/scsi_host/${host}`].filter(path =>
    tree.exists(`${path}/vport_create`),
  );
  return directory ?? null;
}

export const describeScsiHost: Describe<ScsiHostCapability> = ({ tree }, { path, sysname }) => ({
  type: 'scsi_host',
  host: parseNumber(sysname.replace('host', '')),
  uniqueId: tree.number(`${path}/scsi_host/${sysname}/unique_id`),
  fibreChannel: fibreChannelOf(tree, sysname),
  vports: vportsOf(tree, sysname),
});

function fibreChannelOf(tree: HostTree, host: string): ScsiHostCapability['fibreChannel'] {
  const directory = fibreChannelHost(host);
  if (!tree.exists(directory)) return null;
  return {
    wwnn: worldWideName(tree.text(`${directory}/node_name`)),
    wwpn: worldWideName(tree.text(`${directory}/port_name`)),
    fabricWwn: worldWideName(tree.text(`${directory}/fabric_name`)),
  };
}

export const worldWideName = (text: string | null): string | null => text?.replace(/^0x/, '') ?? null;

function vportsOf(tree: HostTree, host: string): ScsiHostCapability['vports'] {
  const directory = vportOperations(tree, host);
  if (directory === null) return null;
  return {
    max: tree.number(`${directory}/max_npiv_vports`) ?? 0,
    inUse: tree.number(`${directory}/npiv_vports_inuse`) ?? 0,
  };
}

export const describeScsiTarget: Describe<ScsiTargetCapability> = ({ tree }, { path, sysname }) => ({
  type: 'scsi_target',
  target: sysname,
  remotePort: remotePortOf(tree, path),
});

function remotePortOf(tree: HostTree, path: string): ScsiTargetCapability['remotePort'] {
  const name = path.split('/').at(-2) ?? '';
  const directory = `/sys/class/fc_remote_ports/${name}`;
  if (!name.startsWith('rport-') || !tree.exists(directory)) return null;
  return { name, wwpn: worldWideName(tree.text(`${directory}/port_name`)) };
}

export const describeScsi: Describe<ScsiCapability> = ({ tree }, { path, sysname }) => {
  const [host, bus, target, lun] = sysname.split(':').map(part => parseNumber(part));
  if (host == null || bus == null || target == null || lun == null) return null;
  const type = tree.text(`${path}/type`);
  return { type: 'scsi', host, bus, target, lun, kind: type === null ? null : (deviceTypes[type] ?? null) };
};

export const describeScsiGeneric: Describe<ScsiGenericCapability> = (_facts, { devnode }) =>
  devnode === null ? null : { type: 'scsi_generic', char: devnode };
