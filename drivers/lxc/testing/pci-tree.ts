import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** Stands in for the sysfs of a host with a physical function, two virtual ones of which a guest has the second, a virtio device and a disk. */
export function pciTree(t: ExecutionContext): string {
  const sys = mkdtempSync(join(tmpdir(), 'lxvirtd-pci-'));
  t.teardown(() => rmSync(sys, { recursive: true }));
  const devices = join(sys, 'devices');
  const bus = join(sys, 'bus/pci/devices');
  mkdirSync(bus, { recursive: true });
  for (const below of [
    '0000:01:00.0/net/enp1s0f0',
    '0000:01:10.1/net/enp1s0f0v0',
    '0000:01:10.3',
    '0000:02:00.0/virtio7/net/ens2',
    '0000:03:00.0/block',
  ])
    mkdirSync(join(devices, below), { recursive: true });
  mkdirSync(join(devices, '0000:01:10.3/power'));
  for (const address of ['0000:01:00.0', '0000:01:10.1', '0000:01:10.3', '0000:02:00.0', '0000:03:00.0'])
    symlinkSync(join('../../../devices', address), join(bus, address));
  for (const [index, address] of ['0000:01:10.1', '0000:01:10.3'].entries()) {
    symlinkSync(`../${address}`, join(devices, `0000:01:00.0/virtfn${index}`));
    symlinkSync('../0000:01:00.0', join(devices, address, 'physfn'));
  }
  return sys;
}
