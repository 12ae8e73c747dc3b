import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { HostDevice, UsbSource } from '../../xml/domain/definition.ts';

/** Where the kernel lists what is plugged in. */
const DEVICES = '/sys/bus/usb/devices';

interface PluggedDevice {
  readonly vendor: number;
  readonly product: number;
  readonly bus: number;
  readonly device: number;
}

/** Hubs and devices; their interfaces, which are listed beside them, have no numbers of their own. */
function pluggedDevices(directory: string): PluggedDevice[] {
  const numberIn = (name: string, file: string, base: number): number => {
    try {
      return Number.parseInt(readFileSync(join(directory, name, file), 'latin1'), base);
    } catch {
      return Number.NaN;
    }
  };
  return names(directory)
    .map(name => ({
      vendor: numberIn(name, 'idVendor', 16),
      product: numberIn(name, 'idProduct', 16),
      bus: numberIn(name, 'busnum', 10),
      device: numberIn(name, 'devnum', 10),
    }))
    .filter(device => Object.values(device).every(Number.isInteger));
}

/** None where the host has no USB at all. */
function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const hexadecimal = (id: number): string => id.toString(16).padStart(4, '0');

/**
 * Where a device is that is named by what it is. Throws internalError when it is not plugged in, and operationFailed
 * when there are several of it and none is meant by its place.
 */
function placed(usb: UsbSource, directory: string): UsbSource {
  const { vendor, product } = usb;
  if (usb.bus !== null || vendor === null || product === null) return usb;
  const [first, second] = pluggedDevices(directory).filter(
    device => device.vendor === vendor && device.product === product,
  );
  const name = `${hexadecimal(vendor)}:${hexadecimal(product)}`;
  if (first === undefined) throw errors.internalError(`Did not find USB device ${name}`, ErrorDomain.NONE);
  if (second !== undefined)
    throw errors.operationFailed(`multiple USB devices for ${name}, use <address> to specify one`);
  return { ...usb, bus: first.bus, device: first.device };
}

/** The device with its place on the bus, where it is one of USB; others as they are. */
export const placedHostDevice = (device: HostDevice, directory = DEVICES): HostDevice =>
  device.mode === 'subsystem' && device.usb !== null ? { ...device, usb: placed(device.usb, directory) } : device;

/** Those that a domain starts with: without one that may be missing, and is. */
export const startingHostDevices = (devices: readonly HostDevice[], directory = DEVICES): HostDevice[] =>
  devices.flatMap(device => {
    try {
      return [placedHostDevice(device, directory)];
    } catch (error) {
      if (device.mode === 'subsystem' && device.usb?.startupPolicy === 'optional') return [];
      throw error;
    }
  });
