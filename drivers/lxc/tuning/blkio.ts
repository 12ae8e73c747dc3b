import { statSync, type BigIntStats } from 'node:fs';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errnoOf } from '../../../native/cgroup/file.ts';
import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import { systemErrorText } from '../../../native/ffi/system-error-text.ts';
import type { LxcContext } from '../context.ts';
import { affected } from '../operations/affect.ts';
import type { BlkioDevice, DomainDefinition } from '../../xml/domain/definition.ts';
import { attachedImages } from '../statistics/attached-images.ts';
import {
  deviceLimit,
  deviceParameters,
  formatDeviceValues,
  mergeDeviceValues,
  parseDeviceValues,
  type DeviceParameter,
  type DeviceValue,
} from './blkio-devices.ts';
import { asked } from './asked.ts';
import { cgroupCall, cgroupOf } from './cgroup-call.ts';
import { throttleDisks } from './disk-throttles.ts';
import { changeDefinitions } from './definitions.ts';
import { checkParameters, numberOf, string, uint } from './parameters.ts';

const types = {
  weight: 'uint',
  device_weight: 'string',
  device_read_iops_sec: 'string',
  device_write_iops_sec: 'string',
  device_read_bytes_sec: 'string',
  device_write_bytes_sec: 'string',
} as const;

const isDeviceParameter = (field: string): field is DeviceParameter => Object.hasOwn(deviceParameters, field);

/** What a call sets, read before anything is changed. */
interface BlkioChange {
  readonly weight: number | null;
  readonly devices: readonly { readonly parameter: DeviceParameter; readonly values: readonly DeviceValue[] }[];
}

type Blkio = Pick<DomainTuning, 'domainGetBlkioParameters' | 'domainSetBlkioParameters'>;

/** virsh blkiotune. */
export function blkio(context: LxcContext): Blkio {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetBlkioParameters(ref, flags) {
      const { domain, live, definition } = asked(context, ref, flags, 'lxcDomainGetBlkioParameters');
      const { weight, devices } = definition.blkiotune;
      return asParameters(live ? cgroupOf(domain, 'blkio').blkioWeight() : weight, devices);
    },

    async domainSetBlkioParameters(ref, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetBlkioParameters');
      checkParameters(params, types);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        const change = readChange(params);
        if (which.live) {
          const cgroup = cgroupOf(domain, 'blkio');
          await applyChange(cgroup, change);
          // A disk's own rates may be the lower ones.
          const changed = withChange(domain.definition, change);
          await cgroupCall(() => throttleDisks(cgroup, changed, attachedImages(context.images, domain.name)));
        }
        await changeDefinitions(context, domain, which, definition => withChange(definition, change));
      });
    },
  };
}

const asParameters = (weight: number | null, devices: readonly BlkioDevice[]): TypedParameter[] => [
  uint('weight', weight ?? 0),
  ...Object.keys(deviceParameters)
    .filter(isDeviceParameter)
    .map(parameter => string(parameter, formatDeviceValues(parameter, devices))),
];

function readChange(params: readonly TypedParameter[]): BlkioChange {
  return {
    weight: numberOf(params, 'weight'),
    devices: params.flatMap(({ field, type, value }) =>
      isDeviceParameter(field) && type === 'string'
        ? [{ parameter: field, values: parseDeviceValues(field, value) }]
        : [],
    ),
  };
}

/** Every device is looked up before the kernel is told of the first. */
async function applyChange(cgroup: Cgroup, { weight, devices }: BlkioChange): Promise<void> {
  const limits = devices.flatMap(({ parameter, values }) =>
    values.map(value => ({ ...deviceLimit(parameter, value), ...blockDevice(value.path) })),
  );
  await cgroupCall(() => {
    if (weight !== null) cgroup.setBlkioWeight(weight);
    for (const limit of limits) cgroup.setBlkioDevice(limit);
  });
}

function withChange(definition: DomainDefinition, { weight, devices }: BlkioChange): DomainDefinition {
  const { blkiotune } = definition;
  return {
    ...definition,
    blkiotune: {
      ...blkiotune,
      weight: weight ?? blkiotune.weight,
      devices: devices.reduce(
        (merged, { parameter, values }) => mergeDeviceValues(merged, parameter, values),
        blkiotune.devices,
      ),
    },
  };
}

/** Throws systemError unless the path is a block device's. */
function blockDevice(path: string): DeviceNumbers {
  let stats: BigIntStats;
  try {
    stats = statSync(path, { bigint: true });
  } catch (cause) {
    const reason = systemErrorText(errnoOf(cause) ?? '');
    throw errors.systemError(`Path '${path}' is not accessible: ${reason}`, ErrorDomain.CGROUP, { cause });
  }
  if (stats.isBlockDevice()) return deviceNumbers(stats.rdev);
  throw errors.systemError(`Path '${path}' must be a block device: invalid argument`, ErrorDomain.CGROUP);
}
