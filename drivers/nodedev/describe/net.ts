import type { NetCapability } from '../../xml/node-device/definition.ts';
import { netFeatures, type NetFeature } from '../../xml/node-device/net.ts';
import { parseNumber } from '../host/host-tree.ts';
import type { Describe, HostFacts } from './facts.ts';

/** The kernel's names of the offloads behind each of libvirt's: any of them will do. */
const offloads: Partial<Record<NetFeature, readonly string[]>> = {
  rx: ['rx-checksum'],
  tx: ['tx-checksum-ipv4', 'tx-checksum-ip-generic', 'tx-checksum-ipv6', 'tx-checksum-fcoe-crc', 'tx-checksum-sctp'],
  sg: ['tx-scatter-gather', 'tx-scatter-gather-fraglist'],
  tso: ['tx-tcp-segmentation', 'tx-tcp-ecn-segmentation', 'tx-tcp-mangleid-segmentation', 'tx-tcp6-segmentation'],
  gso: ['tx-generic-segmentation'],
  gro: ['rx-gro'],
  lro: ['rx-lro'],
  rxvlan: ['rx-vlan-hw-parse'],
  txvlan: ['tx-vlan-hw-insert'],
  ntuple: ['rx-ntuple-filter'],
  rxhash: ['rx-hashing'],
  txudptnl: ['tx-udp_tnl-segmentation'],
};

export const describeNet: Describe<NetCapability> = async (facts, { path, sysname }) => {
  const { tree } = facts;
  const uevent = tree.text(`${path}/uevent`);
  if (uevent === null) return null;
  const state = (await tree.slowText(`${path}/operstate`)) ?? 'unknown';
  const speed = parseNumber(await tree.slowText(`${path}/speed`));
  return {
    type: 'net',
    interface: sysname,
    address: tree.text(`${path}/address`),
    // A driver that does not know says -1; while there is no link it keeps silent.
    link: { speed: speed !== null && speed > 0 ? speed : null, state },
    features: featuresOf(facts, path, sysname),
    kind: uevent.includes('DEVTYPE=wlan') ? '80211' : '80203',
  };
};

function featuresOf(facts: HostFacts, path: string, name: string): NetFeature[] {
  const on = facts.linkFeatures(name) ?? new Set<string>();
  return netFeatures.filter(feature =>
    feature === 'rdma'
      ? facts.tree.exists(`${path}/device/infiniband`)
      : offloads[feature]?.some(offload => on.has(offload)),
  );
}
