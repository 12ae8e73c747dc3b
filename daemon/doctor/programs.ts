import { findTool } from '../../native/tools/find-tool.ts';
import { advice, ok, type Check, type Finding } from './finding.ts';

/** Programs of the host that some calls need; of those in one row, any will do. */
const programs: readonly (readonly [names: readonly string[], use: string, packages: string])[] = [
  [['nft', 'iptables-restore'], 'virtual networks', 'nftables'],
  [['nft'], 'network filters', 'nftables'],
  [['dnsmasq'], 'addresses and names in virtual networks', 'dnsmasq-base'],
  [['qemu-img'], 'volumes in qcow2 and other formats', 'qemu-utils'],
  [['qemu-nbd'], 'file systems in such images', 'qemu-utils'],
  [['mkfs.ext4'], 'making file systems for pools', 'e2fsprogs'],
  [['vgs'], 'pools of logical volumes', 'lvm2'],
  [['mount.nfs'], 'pools on NFS', 'nfs-common'],
  [['lxcfs'], "a container's own view of /proc", 'lxcfs'],
];

export const hostPrograms: Check = {
  title: 'programs',
  look: () => programs.map(row => look(row, name => findTool(name) !== null)),
};

export function look(
  [names, use, packages]: (typeof programs)[number],
  isInstalled: (name: string) => boolean,
): Finding {
  const found = names.find(isInstalled);
  if (found !== undefined) return ok(`${found}, for ${use}`);
  return advice(`no ${names.join(' or ')}: no ${use}`, `apt-get install ${packages}`);
}
