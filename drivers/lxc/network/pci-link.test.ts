import test from 'ava';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { xmlElement } from '../../xml/tree.ts';
import { pciTree } from '../testing/pci-tree.ts';
import { pciAddressOf, pciLink } from './pci-link.ts';

const device = (address: Readonly<Record<string, string>>): Pick<InterfaceDevice, 'foreign'> => ({
  foreign: [xmlElement('source', {}, [xmlElement('address', address)])],
});

test('an address is read in every base, and its domain, bus and function may be missing', t => {
  t.is(pciAddressOf(device({ domain: '0x0000', bus: '0x01', slot: '0x10', function: '0x1' })), '0000:01:10.1');
  t.is(pciAddressOf(device({ bus: '1', slot: '16', function: '3' })), '0000:01:10.3');
  t.is(pciAddressOf(device({ slot: '0x2' })), '0000:00:02.0');
});

for (const address of [{}, { slot: '' }, { slot: '../x' }, { slot: '1', bus: '0x/..' }])
  test(`${JSON.stringify(address)} is no address`, t => {
    t.throws(() => pciAddressOf(device(address)), { message: /needs the PCI address/ });
  });

test('a virtual function is found with its link, and how its physical one knows it', t => {
  t.deepEqual(pciLink('0000:01:10.1', pciTree(t)), {
    address: '0000:01:10.1',
    name: 'enp1s0f0v0',
    physical: { name: 'enp1s0f0', index: 0 },
  });
});

test('a physical function, and a virtio device, are found with their links', t => {
  const sys = pciTree(t);
  t.deepEqual(pciLink('0000:01:00.0', sys), { address: '0000:01:00.0', name: 'enp1s0f0', physical: null });
  t.deepEqual(pciLink('0000:02:00.0', sys), { address: '0000:02:00.0', name: 'ens2', physical: null });
});

test('a device that is not there, is no link, or has been given away is refused by its name', t => {
  const sys = pciTree(t);
  t.throws(() => pciLink('0000:09:00.0', sys), { code: 67, message: /the host has no PCI device 0000:09:00.0/ });
  for (const address of ['0000:03:00.0', '0000:01:10.3'])
    t.throws(() => pciLink(address, sys), { code: 67, message: new RegExp(`${address} has no network interface`) });
});
