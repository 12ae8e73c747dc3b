import test from 'ava';
import type { AllocatedPlug, NetworkPorts, PortRequest } from '../../contract/network-ports.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { formatStatus, parseStatus } from '../../xml/domain/status.ts';
import { HostLinks } from '../process/host-links.ts';
import { pciTree } from '../testing/pci-tree.ts';
import { checkInterface } from './check-interface.ts';
import { LentLinks } from './lent-links.ts';
import { replugged, withPorts } from './network-port.ts';
import { pciAddressOf, pciLink } from './pci-link.ts';
import { plugOf } from './plug.ts';

const document = (devices: string): string =>
  `<domain type='lxc'><name>d</name><memory>1000</memory><os><type>exe</type><init>/i</init></os><devices>${devices}</devices></domain>`;

const onNetwork = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='n'/></interface>";

/** A network that gives every interface the same plug. */
function network(plug: AllocatedPlug): NetworkPorts & { readonly ports: Set<string> } {
  const ports = new Set<string>();
  const allocate = async ({ bandwidth, virtualport, vlan, isolated, trustGuestRxFilters }: PortRequest) => {
    const portId = `port-${ports.size}`;
    ports.add(portId);
    return { portId, plug, mtu: null, bandwidth, virtualport, vlan, isolated, trustGuestRxFilters };
  };
  return {
    ports,
    allocate,
    reclaim: (_, request) => allocate(request),
    releaseAllBut: async () => undefined,
    started: { subscribe: () => () => undefined },
    plugged: async () => undefined,
    changeBandwidth: async (_network, _portId, bandwidth) => bandwidth,
    release: async (_, portId) => void ports.delete(portId),
    leases: async () => [],
    bridges: () => new Map(),
  };
}

const virtualFunction = {
  type: 'hostdev-pci',
  managed: true,
  address: { domain: 0, bus: 1, slot: 16, function: 1 },
} as const;

async function pluggedIn(ports: NetworkPorts): Promise<{ definition: DomainDefinition; device: InterfaceDevice }> {
  const definition = await withPorts(ports, await parseDomain(document(onNetwork)));
  const [device] = definition.devices.interfaces;
  if (device === undefined) throw new Error('no interface');
  return { definition, device };
}

test('an interface of a network of PCI devices is the device that the network gave', async t => {
  const { device } = await pluggedIn(network(virtualFunction));
  const plug = plugOf(device);
  t.like(plug, { type: 'hostdev', source: null, managed: 'yes' });
  t.notThrows(() => checkInterface(plug));
  t.deepEqual(pciLink(pciAddressOf(plug), pciTree(t)), {
    address: '0000:01:10.1',
    name: 'enp1s0f0v0',
    physical: { name: 'enp1s0f0', index: 0 },
  });
});

test('clients see the device as its own, with network and port', async t => {
  const { definition } = await pluggedIn(network(virtualFunction));
  t.regex(
    formatDomain(definition, { id: 1 }),
    /<interface type='hostdev' managed='yes'>[^]*<source network='n' portid='port-0'>\s*<address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x1'\/>/,
  );
  t.regex(formatDomain(definition), /<interface type='network'>[^]*<source network='n'\/>/);
});

test('the next daemon knows the device again', async t => {
  const { definition, device } = await pluggedIn(network(virtualFunction));
  const status = { state: 'running', reason: 'booted', controllerPid: 1, initPid: 2, definition, notes: {} };
  const [again] = (await parseStatus(formatStatus(status))).definition.devices.interfaces;
  t.deepEqual(again?.actual, device.actual);
});

test('a device that the host lacks is refused by its name, when the container asks for it', async t => {
  const address = { ...virtualFunction.address, domain: 0xffff };
  const { definition, device } = await pluggedIn(network({ ...virtualFunction, address }));
  const links = new HostLinks(null, new LentLinks(null));
  await t.throwsAsync(links.connectOne(device, { name: 'eth0', pid: process.pid }, definition), {
    message: /the host has no PCI device ffff:01:10.1/,
  });
});

test('a client may change what it was shown of a device: it stays on its port', async t => {
  const ports = network(virtualFunction);
  const { definition, device } = await pluggedIn(ports);
  const live = await parseDomain(formatDomain(definition, { id: 1 }));
  const [shown] = live.devices.interfaces;
  if (shown === undefined) throw new Error('no interface');
  const changed = await replugged(ports, definition, device, shown, async asked => {
    t.is(pciAddressOf(plugOf(asked)), '0000:01:10.1');
    return plugOf(asked);
  });
  t.like(changed, { type: 'network', source: 'n', portId: 'port-0', actual: device.actual, foreign: device.foreign });
  t.deepEqual([...ports.ports], ['port-0']);
});
