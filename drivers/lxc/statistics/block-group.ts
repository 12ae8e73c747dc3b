import type { BlockFigures } from '../../../native/cgroup/cgroup.ts';
import { noBlocks, sumBlocks } from '../../../native/cgroup/figures.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import type { LxcDomain } from '../domain.ts';
import { deviceBehind, deviceSize, wholeDisk, type BlockSource } from './block-device.ts';
import type { HostFigures } from './host-figures.ts';
import { count, counter, text } from './parameter.ts';
import { pressure } from './pressure.ts';

/**
 * The disks of a domain, and its file systems that are devices or images. The I/O of all that the container does, most
 * of which is on directories of the host, comes under names of our own: "block.rd.bytes", and the pressure.
 */
export function blockGroup({ name, definition, running }: LxcDomain, host: HostFigures): TypedParameter[] {
  const sources = blockSources(definition);
  const blocks = running?.cgroup.blocks(host.read) ?? null;
  return [
    count('block.count', sources.length),
    ...sources.flatMap((source, index) => [
      ...described(`block.${index}`, source),
      ...(running === null ? [] : used(`block.${index}`, name, source, blocks, host)),
    ]),
    ...(blocks === null ? [] : counters('block', sumBlocks(blocks))),
    ...pressure('block', running?.cgroup.pressure('io', host.read) ?? null),
  ];
}

function blockSources({ devices }: DomainDefinition): BlockSource[] {
  return [...devices.disks, ...devices.filesystems.filter(({ type }) => type === 'block' || type === 'file')];
}

const described = (prefix: string, { target, source }: BlockSource): TypedParameter[] => [
  text(`${prefix}.name`, target),
  ...(source === null ? [] : [text(`${prefix}.path`, source)]),
];

/** Nothing of a device that is gone. */
function used(
  prefix: string,
  domain: string,
  source: BlockSource,
  blocks: ReadonlyMap<string, BlockFigures> | null,
  host: HostFigures,
): TypedParameter[] {
  const device = deviceBehind(source, host.attachedTo(domain));
  if (device === null) return [];
  const { major, minor } = wholeDisk(device);
  const size = deviceSize(device);
  return [
    ...(blocks === null ? [] : counters(prefix, blocks.get(`${major}:${minor}`) ?? noBlocks)),
    ...(size === null ? [] : [counter(`${prefix}.capacity`, size), counter(`${prefix}.physical`, size)]),
  ];
}

const counters = (prefix: string, figures: BlockFigures): TypedParameter[] => [
  counter(`${prefix}.rd.reqs`, figures.readRequests),
  counter(`${prefix}.rd.bytes`, figures.readBytes),
  counter(`${prefix}.wr.reqs`, figures.writeRequests),
  counter(`${prefix}.wr.bytes`, figures.writeBytes),
];
