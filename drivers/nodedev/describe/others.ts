import type {
  ApCardCapability,
  ApMatrixCapability,
  ApQueueCapability,
  CcwCapability,
  ChannelAddress,
  CssCapability,
  DrmCapability,
  MdevCapability,
  VdpaCapability,
} from '../../xml/node-device/definition.ts';
import type { HostTree } from '../host/host-tree.ts';
import { parseNumber } from '../host/host-tree.ts';
import type { Describe } from './facts.ts';
import { mdevTypesOf } from './mdev-types.ts';

/** Kinds of nodes by the ranges of their numbers. */
const drmKinds = [
  ['render', /^renderD\d+$/],
  ['control', /^controlD\d+$/],
  ['primary', /^card\d+$/],
] as const;

export const describeDrm: Describe<DrmCapability> = (_facts, { sysname }) => {
  const [kind] = drmKinds.find(([, pattern]) => pattern.test(sysname)) ?? [];
  return kind === undefined ? null : { type: 'drm', kind };
};

export const describeMdev: Describe<MdevCapability> = ({ tree }, { path, sysname }) => {
  const typeId = tree.linkName(`${path}/mdev_type`);
  if (typeId === null) return null;
  return {
    type: 'mdev',
    typeId,
    uuid: sysname,
    parentAddress: path.split('/').at(-2) ?? null,
    iommuGroup: parseNumber(tree.linkName(`${path}/iommu_group`)),
    attributes: [],
  };
};

const CHANNEL = /^([0-9a-f]{1,2})\.([0-3])\.([0-9a-f]{4})$/;

function channelAddress(name: string | null): ChannelAddress | null {
  const [, cssid, ssid, devno] = CHANNEL.exec(name ?? '') ?? [];
  if (cssid === undefined || ssid === undefined || devno === undefined) return null;
  return { cssid: Number.parseInt(cssid, 16), ssid: Number(ssid), devno: Number.parseInt(devno, 16) };
}

export const describeCcw: Describe<CcwCapability> = (_facts, { sysname }) => {
  const address = channelAddress(sysname);
  return address === null ? null : { type: 'ccw', ...address };
};

export const describeCss: Describe<CssCapability> = ({ tree }, { path, sysname }) => {
  const address = channelAddress(sysname);
  if (address === null) return null;
  const channelDevice = channelDeviceOf(tree, path);
  return { type: 'css', ...address, channelDevice, mdevTypes: mdevTypesOf(tree, path) };
};

/** The kernel tells it since Linux 5.16; a device that was given away has no directory of its own. */
function channelDeviceOf(tree: HostTree, path: string): ChannelAddress | null {
  const told = tree.text(`${path}/dev_busid`);
  return channelAddress(told === 'none' ? null : told);
}

export const describeVdpa: Describe<VdpaCapability> = ({ tree }, { path }) => {
  const node = tree.names(path).find(name => /^vhost-vdpa-\d+$/.test(name));
  return { type: 'vdpa', char: node === undefined ? null : `/dev/${node}` };
};

export const describeApCard: Describe<ApCardCapability> = (_facts, { sysname }) => {
  const [, adapter] = /^card([0-9a-f]{2})$/.exec(sysname) ?? [];
  return adapter === undefined ? null : { type: 'ap_card', adapter: Number.parseInt(adapter, 16) };
};

export const describeApQueue: Describe<ApQueueCapability> = (_facts, { sysname }) => {
  const [, adapter, domain] = /^([0-9a-f]{2})\.([0-9a-f]{4})$/.exec(sysname) ?? [];
  if (adapter === undefined || domain === undefined) return null;
  return { type: 'ap_queue', adapter: Number.parseInt(adapter, 16), domain: Number.parseInt(domain, 16) };
};

export const describeApMatrix: Describe<ApMatrixCapability> = ({ tree }, { path }) => ({
  type: 'ap_matrix',
  mdevTypes: mdevTypesOf(tree, path),
});
