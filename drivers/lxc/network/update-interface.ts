import { isDeepStrictEqual } from 'node:util';
import { setLinkDown, setLinkMaster, setLinkUp, setPortIsolated } from '../../../native/network/links.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import type { RunningDomain } from '../domain.ts';
import { limitBandwidth } from './bandwidth.ts';
import { checkBridge, setUpPort } from './bridge-port.ts';
import { checkInterface } from './check-interface.ts';
import { networkCall, performInside } from './guest-end.ts';
import { pciAddressOf } from './pci-link.ts';

/** What stays as it is while the container runs, as libvirt's messages call it. What a document leaves out is left alone. */
const lasting = {
  model: 'device model',
  script: 'device script attribute',
  targetDev: 'device tap name',
  guestDev: 'device guest name',
  mtu: 'device MTU',
  directMode: 'device mode',
  ips: 'device addresses',
  routes: 'device routes',
  hostIps: 'device addresses of the host',
  hostRoutes: 'device routes of the host',
} as const satisfies Partial<Record<keyof InterfaceDevice, string>>;

const lastingKeys = Object.keys(lasting).filter((key): key is keyof typeof lasting => key in lasting);

/** Has the host's end filtered as the interface asks for. */
type FilterLink = (device: InterfaceDevice, hostName: string) => Promise<void>;

/**
 * Changes the bridge, filter, VLANs, isolation, limits and link state of an interface of a running container, and returns it as
 * it is then. Throws operationUnsupported for anything else that is to be different.
 */
export async function updateInterface(
  running: RunningDomain,
  hostName: string | null,
  present: InterfaceDevice,
  wanted: InterfaceDevice,
  filter: FilterLink,
): Promise<InterfaceDevice> {
  checkLasting(present, wanted);
  const { source, linkState, bandwidth, vlan, portIsolated, filterref, virtualport } = wanted;
  const changed = { ...present, source, linkState, bandwidth, vlan, portIsolated, filterref, virtualport };
  checkInterface(changed);
  if (hostName === null) return unchanged(present, changed);
  try {
    await apply(running, hostName, present, changed, filter);
  } catch (error) {
    // what cannot be undone either is no worse than the failure that is told
    await apply(running, hostName, changed, present, filter).catch(() => undefined);
    throw error;
  }
  return changed;
}

function checkLasting(present: InterfaceDevice, wanted: InterfaceDevice): void {
  if (present.type !== wanted.type)
    throw errors.operationUnsupported(`cannot change network interface type to '${wanted.type}'`);
  for (const key of lastingKeys) {
    const value = wanted[key];
    const given = Array.isArray(value) ? value.length > 0 : value !== null;
    if (given && !isDeepStrictEqual(value, present[key]))
      throw errors.operationUnsupported(`cannot modify network ${lasting[key]}`);
  }
  if (present.type === 'hostdev' && pciAddressOf(present) !== pciAddressOf(wanted))
    throw errors.operationUnsupported('cannot modify network device address');
}

/** Of an interface without a host's end nothing can be changed from outside. */
function unchanged(present: InterfaceDevice, changed: InterfaceDevice): InterfaceDevice {
  if (isDeepStrictEqual(present, changed)) return present;
  throw errors.operationUnsupported(`cannot change the config of a running '${present.type}' interface`);
}

async function apply(
  running: RunningDomain,
  hostName: string,
  present: InterfaceDevice,
  wanted: InterfaceDevice,
  filter: FilterLink,
): Promise<void> {
  if (!isDeepStrictEqual(present.filterref, wanted.filterref)) await filter(wanted, hostName);
  await networkCall(`Unable to change interface '${hostName}'`, async () => {
    if (wanted.type === 'bridge') await replug(hostName, present, wanted);
    if (!isDeepStrictEqual(present.bandwidth, wanted.bandwidth)) await limitBandwidth(hostName, wanted.bandwidth);
    if (present.linkState === wanted.linkState) return;
    if (wanted.linkState === 'down') await setLinkDown(hostName);
    else setLinkUp(hostName);
  });
  if (wanted.linkState === 'up' && present.linkState !== 'up' && wanted.guestDev !== null)
    await performInside(running, [{ do: 'link-state', name: wanted.guestDev, up: true }]);
}

/** A port that changes its bridge or its VLANs leaves, and comes as a new one. */
async function replug(hostName: string, present: InterfaceDevice, wanted: InterfaceDevice): Promise<void> {
  const moved = present.source !== wanted.source;
  if (!moved && isDeepStrictEqual(present.vlan, wanted.vlan)) {
    if (present.portIsolated !== wanted.portIsolated) setPortIsolated(hostName, wanted.portIsolated === true);
    return;
  }
  const bridge = checkBridge(wanted, hostName);
  if (!moved) await setLinkMaster(hostName, null);
  await setLinkMaster(hostName, bridge);
  setUpPort(hostName, wanted);
}
