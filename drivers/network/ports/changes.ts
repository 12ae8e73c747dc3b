import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';
import type { NetworkContext } from '../context.ts';
import { invalid, runningOf, type Network, type Port } from '../network.ts';
import { tellHook } from '../starting.ts';
import { effective } from './effective.ts';
import { withClass } from './floors.ts';
import { checkPlug, choosePlug } from './plugs.ts';

const portUnknown = (uuid: string): Error =>
  errors.noNetworkPort(`Network port with UUID ${uuid} does not exist`, ErrorDomain.NETWORK);

export function portOf(network: Network, uuid: string): Port {
  const port = network.running?.ports.get(uuid);
  if (port === undefined) throw portUnknown(uuid);
  return port;
}

/** Ports come, change and go in their network's job. One that is reclaimed has its plug already. `ofDomain`: see Port. */
export async function addPort(
  context: NetworkContext,
  network: Network,
  asked: NetworkPort,
  { reclaim, ofDomain }: { readonly reclaim: boolean; readonly ofDomain: boolean },
): Promise<NetworkPort> {
  const running = runningOf(network);
  if (running.ports.has(asked.uuid))
    throw errors.networkPortExist(`Network port with UUID ${asked.uuid} already exists`, ErrorDomain.NETWORK);
  if (reclaim && asked.plug === null)
    throw errors.invalidArg('Port reclaim requested but plug type is none', ErrorDomain.NETWORK);
  if (!reclaim && asked.plug !== null)
    throw errors.invalidArg('Port reclaim not requested but plug type is not none', ErrorDomain.NETWORK);
  const settings = withClass(running, effective(running.definition, asked));
  if (reclaim) checkPlug(running, settings);
  const port = { ...settings, plug: settings.plug ?? choosePlug(running, settings) };
  await put(context, network, { settings: port, device: null, ofDomain });
  await tellHook(context, 'port-created', network.name, running.definition, port);
  return port;
}

/** The link of the host is there. */
export async function plugPort(context: NetworkContext, network: Network, uuid: string, device: string): Promise<void> {
  const port = { ...portOf(network, uuid), device };
  await context.host.portPlugged(runningOf(network).definition, port.settings, device);
  await put(context, network, port);
}

export async function changePort(
  context: NetworkContext,
  network: Network,
  uuid: string,
  bandwidth: NetworkPort['bandwidth'],
): Promise<NetworkPort> {
  const running = runningOf(network);
  const port = portOf(network, uuid);
  const { settings: before, device } = port;
  if (before.plug?.type === 'hostdev-pci' && bandwidth !== null)
    throw invalid(`a port of network '${network.name}' that is a device of its own has no bandwidth here`);
  const after = withClass(running, { ...before, bandwidth });
  await context.host.portChanged(running.definition, before, after, device);
  await put(context, network, { ...port, settings: after });
  await tellHook(context, 'port-updated', network.name, running.definition, after);
  return after;
}

export async function removePort(context: NetworkContext, network: Network, uuid: string): Promise<void> {
  const running = runningOf(network);
  const { settings, device } = portOf(network, uuid);
  await context.host.portReleased(running.definition, settings, device);
  running.ports.delete(uuid);
  await context.files.removePort(network.name, uuid);
  if (settings.classId !== null) await context.files.saveStatus(network);
  await tellHook(context, 'port-deleted', network.name, running.definition, settings);
}

async function put(context: NetworkContext, network: Network, port: Port): Promise<void> {
  const { ports } = runningOf(network);
  const before = ports.get(port.settings.uuid);
  await context.files.savePort(network.name, port);
  ports.set(port.settings.uuid, port);
  if (port.settings.classId !== null || (before?.settings.classId ?? null) !== null)
    await context.files.saveStatus(network);
}
