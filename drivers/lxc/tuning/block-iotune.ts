import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import type { DomainBlocks } from '../../contract/domain-blocks.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DiskDevice, DomainDefinition } from '../../xml/domain/definition.ts';
import { ioRates, ioTuneOf, noIoTune, withIoTune, type IoRate, type IoTune } from '../../xml/domain/iotune.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import { affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { attachedImages } from '../statistics/attached-images.ts';
import { asked } from './asked.ts';
import { cgroupCall, cgroupOf } from './cgroup-call.ts';
import { changeDefinitions } from './definitions.ts';
import { throttleDisk } from './disk-throttles.ts';
import { bigintOf, checkParameters, string, stringOf, ullong } from './parameters.ts';

/** Bursts, and limits that disks share, which the kernel does not have: only "none" can be asked for. */
const unavailable: readonly string[] = [
  ...ioRates.flatMap(rate => [`${rate}_max`, `${rate}_max_length`]),
  'size_iops_sec',
];

const types = {
  ...Object.fromEntries([...ioRates, ...unavailable].map(name => [name, 'ullong' as const])),
  group_name: 'string',
} as const;

export type BlockIoTune = Pick<DomainBlocks, 'domainGetBlockIoTune' | 'domainSetBlockIoTune'>;

/** virsh blkdeviotune. */
export function blockIoTune(context: LxcContext): BlockIoTune {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetBlockIoTune(ref, disk, flags) {
      const { definition } = asked(context, ref, flags, 'lxcDomainGetBlockIoTune');
      const tune = disk === null ? noIoTune : ioTuneOf(diskOf(definition, disk));
      return ioRates.map(rate => ullong(rate, tune[rate]));
    },

    async domainSetBlockIoTune(ref, disk, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetBlockIoTune');
      checkParameters(params, types);
      refuseUnavailable(params);
      refuseContradiction(params);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        const change = (definition: DomainDefinition): DomainDefinition => withRates(definition, disk, params);
        if (which.config) change(storedDefinition(domain));
        if (which.live) await applyRates(context, domain, disk, change(domain.definition));
        await changeDefinitions(context, domain, which, change);
        if (which.live)
          context.events.emit({
            kind: 'tunable',
            domain: domainRef(domain),
            params: asEvent(diskOf(domain.definition, disk), params),
          });
      });
    },
  };
}

/** The disk of that target or source. Throws invalidArg. */
function diskOf({ devices }: DomainDefinition, name: string): DiskDevice {
  const disk = devices.disks.find(({ target, source }) => target === name || source === name);
  if (disk === undefined) throw errors.invalidArg(`disk '${name}' was not found in the domain config`);
  return disk;
}

function refuseUnavailable(params: readonly TypedParameter[]): void {
  const burst = params.find(({ field, value }) => unavailable.includes(field) && value !== 0n);
  if (burst !== undefined) throw errors.configUnsupported(`the kernel has no limit like ${burst.field}`);
  const group = stringOf(params, 'group_name');
  if (group !== null && group !== '')
    throw errors.configUnsupported('disks of a container cannot share a limit: group_name must be empty');
}

/** libvirt's two groups of rates: a total stands alone in its group. */
const groups = ['bytes', 'iops'] as const;

function refuseContradiction(params: readonly TypedParameter[]): void {
  const given = (name: string): boolean => (bigintOf(params, name) ?? 0n) !== 0n;
  for (const group of groups)
    if (given(`total_${group}_sec`) && (given(`read_${group}_sec`) || given(`write_${group}_sec`)))
      throw errors.invalidArg(
        `total and read/write of ${group}_sec cannot be set at the same time`,
        ErrorDomain.DOMAIN,
      );
}

/** A group that is touched is set as a whole: what of it is not given is without limit. */
function withRates(definition: DomainDefinition, name: string, params: readonly TypedParameter[]): DomainDefinition {
  const disk = diskOf(definition, name);
  const present = ioTuneOf(disk);
  const touched = groups.filter(group => ioRates.some(rate => rate.includes(group) && bigintOf(params, rate) !== null));
  const rate = (name: IoRate): bigint =>
    bigintOf(params, name) ?? (touched.some(group => name.includes(group)) ? 0n : present[name]);
  const tune: IoTune = {
    total_bytes_sec: rate('total_bytes_sec'),
    read_bytes_sec: rate('read_bytes_sec'),
    write_bytes_sec: rate('write_bytes_sec'),
    total_iops_sec: rate('total_iops_sec'),
    read_iops_sec: rate('read_iops_sec'),
    write_iops_sec: rate('write_iops_sec'),
  };
  const { devices } = definition;
  const disks = devices.disks.map(device => (device === disk ? withIoTune(device, tune) : device));
  return { ...definition, devices: { ...devices, disks } };
}

async function applyRates(
  { images }: LxcContext,
  domain: LxcDomain,
  name: string,
  changed: DomainDefinition,
): Promise<void> {
  const cgroup = cgroupOf(domain, 'blkio');
  await cgroupCall(() => throttleDisk(cgroup, changed, diskOf(changed, name), attachedImages(images, domain.name)));
}

const asEvent = ({ target }: DiskDevice, params: readonly TypedParameter[]): TypedParameter[] => [
  string('blkdeviotune.disk', target),
  ...params.map(param => ({ ...param, field: `blkdeviotune.${param.field}` })),
];
