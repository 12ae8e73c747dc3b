import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { BlkioDevice } from '../../xml/domain/definition.ts';

type Limit = Exclude<keyof BlkioDevice, 'path'>;

const uintMax = 2n ** 32n - 1n;
const ullongMax = 2n ** 64n - 1n;

/** The string parameters, in libvirt's order, with the limit that each sets and the largest number it can hold. */
export const deviceParameters = {
  device_weight: { limit: 'weight', max: uintMax },
  device_read_iops_sec: { limit: 'readIopsSec', max: uintMax },
  device_write_iops_sec: { limit: 'writeIopsSec', max: uintMax },
  device_read_bytes_sec: { limit: 'readBytesSec', max: ullongMax },
  device_write_bytes_sec: { limit: 'writeBytesSec', max: ullongMax },
} as const satisfies Record<string, { limit: Limit; max: bigint }>;
export type DeviceParameter = keyof typeof deviceParameters;

export interface DeviceValue {
  readonly path: string;
  readonly value: bigint;
}

/**
 * Reads "/dev/a,100,/dev/b,200"; nothing is no device. Of a device that comes twice the last value counts. A path may
 * hold no comma. Throws invalidArg.
 */
export function parseDeviceValues(parameter: DeviceParameter, text: string): DeviceValue[] {
  if (text === '') return [];
  const parts = text.split(',');
  const values = new Map<string, bigint>();
  for (let at = 0; at < parts.length; at += 2) {
    const [path = '', value] = parts.slice(at, at + 2);
    if (path === '' || value === undefined)
      throw errors.invalidArg(`unable to parse blkio device '${parameter}' '${text}'`, ErrorDomain.DOMAIN);
    values.set(path, parseValue(parameter, path, value));
  }
  return [...values].map(([path, value]) => ({ path, value }));
}

function parseValue(parameter: DeviceParameter, path: string, text: string): bigint {
  const value = /^\s*\d{1,20}$/.test(text) ? BigInt(text) : null;
  if (value !== null && value <= deviceParameters[parameter].max) return value;
  throw errors.invalidArg(
    `invalid value '${text}' for parameter '${parameter}' of device '${path}'`,
    ErrorDomain.DOMAIN,
  );
}

/** Those that have the limit, as a parameter's text. */
export const formatDeviceValues = (parameter: DeviceParameter, devices: readonly BlkioDevice[]): string =>
  devices
    .flatMap(device => {
      const value = device[deviceParameters[parameter].limit];
      return value ? [`${device.path},${value}`] : [];
    })
    .join(',');

const noLimits: Omit<BlkioDevice, 'path'> = {
  weight: null,
  readIopsSec: null,
  writeIopsSec: null,
  readBytesSec: null,
  writeBytesSec: null,
};

/** One limit of a device, alone. */
export function deviceLimit(parameter: DeviceParameter, { path, value }: DeviceValue): BlkioDevice {
  const { limit } = deviceParameters[parameter];
  const wide = limit === 'readBytesSec' || limit === 'writeBytesSec';
  return { ...noLimits, path, [limit]: wide ? value : Number(value) };
}

/** Sets each device's limit beside those that it has; devices without any are left out, new ones come last. */
export function mergeDeviceValues(
  devices: readonly BlkioDevice[],
  parameter: DeviceParameter,
  values: readonly DeviceValue[],
): BlkioDevice[] {
  const { limit } = deviceParameters[parameter];
  const byPath = new Map(devices.map(device => [device.path, device]));
  for (const value of values) {
    const set = deviceLimit(parameter, value);
    byPath.set(value.path, { ...(byPath.get(value.path) ?? set), [limit]: set[limit] });
  }
  return [...byPath.values()].filter(device => Object.values(deviceParameters).some(({ limit }) => device[limit]));
}
