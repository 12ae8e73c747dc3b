import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { HostDevice, UsbSource } from '../../xml/domain/definition.ts';
import { placedHostDevice, startingHostDevices } from './usb-devices.ts';

/** Laid out as the kernel lays its directory out: two keys of one kind, a hub, and an interface of it. */
const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-usb-'));
test.after.always(() => rmSync(directory, { recursive: true }));
for (const [name, vendor, product, bus, device] of [
  ['usb1', '1d6b', '0002', '1', '1'],
  ['1-1', '0951', '1666', '1', '4'],
  ['1-2', '0951', '1666', '1', '5'],
  ['1-0:1.0', null, null, null, null],
] as const) {
  mkdirSync(join(directory, name));
  for (const [file, text] of [
    ['idVendor', vendor],
    ['idProduct', product],
    ['busnum', bus],
    ['devnum', device],
  ] as const)
    if (text !== null) writeFileSync(join(directory, name, file), `${text}\n`);
}

const usb = (source: Partial<UsbSource>): HostDevice => ({
  mode: 'subsystem',
  type: 'usb',
  managed: false,
  usb: { vendor: null, product: null, bus: null, device: null, startupPolicy: null, ...source },
  alias: null,
  foreign: [],
  attributes: {},
});
const place = (device: HostDevice): unknown =>
  device.mode === 'subsystem' ? [device.usb?.bus, device.usb?.device] : null;

test('a device that is named by what it is, is found', t => {
  t.deepEqual(place(placedHostDevice(usb({ vendor: 0x1d6b, product: 2 }), directory)), [1, 1]);
});

test('one that is named by its place is taken there', t => {
  t.deepEqual(place(placedHostDevice(usb({ vendor: 0x951, product: 0x1666, bus: 1, device: 5 }), directory)), [1, 5]);
});

test('several of a kind, or none, are refused', t => {
  t.throws(() => placedHostDevice(usb({ vendor: 0x951, product: 0x1666 }), directory), {
    message: 'operation failed: multiple USB devices for 0951:1666, use <address> to specify one',
  });
  t.throws(() => placedHostDevice(usb({ vendor: 0xdead, product: 0xbeef }), directory), {
    message: 'internal error: Did not find USB device dead:beef',
  });
  t.throws(() => placedHostDevice(usb({ vendor: 1, product: 1 }), join(directory, 'nowhere')));
});

test('a domain starts without a device that may be missing', t => {
  const missing = { vendor: 0xdead, product: 0xbeef };
  const present = usb({ vendor: 0x1d6b, product: 2 });
  t.deepEqual(startingHostDevices([usb({ ...missing, startupPolicy: 'optional' }), present], directory).map(place), [
    [1, 1],
  ]);
  t.throws(() => startingHostDevices([usb({ ...missing, startupPolicy: 'mandatory' })], directory));
});
