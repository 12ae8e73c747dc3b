import { addToTable, setPortStatic } from '../../../native/network/bridge-table.ts';
import { forgetRate, promiseRate } from '../../../native/network/class-rates.ts';
import { findLink, setPortIsolated } from '../../../native/network/links.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';
import { explained, inBytes, rateLimit } from './network-bandwidth.ts';
import type { NetworkHost } from './network-host.ts';

type BridgePorts = Pick<NetworkHost, 'portPlugged' | 'portChanged' | 'portReleased'>;

/** What a network's bridge knows of its ports. A link's own limits are its guest's driver's business. */
export const bridgePorts: BridgePorts = {
  async portPlugged(definition, port, device) {
    const { plug } = port;
    if (plug === null || (plug.type !== 'network' && plug.type !== 'bridge')) return;
    if (findLink(device)?.master !== findLink(plug.bridge)?.index) return;
    if (port.isolated === true) setPortIsolated(device, true);
    if (plug.macTableManager === 'libvirt') {
      setPortStatic(device);
      addToTable(device, port.mac);
    }
    await promise(definition, port);
  },

  async portChanged(definition, before, after) {
    if (before.classId !== null && before.classId !== after.classId) await forget(definition, before);
    await promise(definition, after);
  },

  async portReleased(definition, port) {
    await forget(definition, port);
  },
};

const floorOf = ({ bandwidth }: NetworkPort): number => bandwidth?.inbound?.floor ?? 0;

async function promise(definition: NetworkDefinition, port: NetworkPort): Promise<void> {
  const { classId, mac } = port;
  const bridge = definition.bridge?.name ?? null;
  const limit = rateLimit(definition.bandwidth?.inbound ?? null);
  if (classId === null || bridge === null || limit === null) return;
  const floor = floorOf(port);
  if (floor === 0) return await forget(definition, port);
  await explained(bridge, 'inbound', () => promiseRate(bridge, classId, { mac, floor: inBytes(floor), limit }));
}

async function forget({ bridge }: NetworkDefinition, { classId }: NetworkPort): Promise<void> {
  const name = bridge?.name ?? '';
  if (classId === null || findLink(name) === null) return;
  await forgetRate(name, classId);
}
