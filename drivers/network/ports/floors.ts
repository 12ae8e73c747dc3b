import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';
import { invalid, type RunningNetwork } from '../network.ts';

/** Classes 0 to 2 of a bridge are its own. */
const FIRST_CLASS = 3;

const floorOf = ({ bandwidth }: NetworkPort): number => bandwidth?.inbound?.floor ?? 0;

/**
 * A port with the class that its floor needs. Throws operationUnsupported where a network has nothing to promise, and
 * operationInvalid where it has promised all of it already.
 */
export function withClass(running: RunningNetwork, port: NetworkPort): NetworkPort {
  const floor = floorOf(port);
  if (floor === 0) return { ...port, classId: null };
  const others = [...running.ports.values()].map(({ settings }) => settings).filter(({ uuid }) => uuid !== port.uuid);
  checkPromise(
    running,
    port,
    others.reduce((sum, other) => sum + floorOf(other), floor),
  );
  const used = new Set(others.map(({ classId }) => classId));
  let classId = port.classId ?? FIRST_CLASS;
  while (used.has(classId)) classId++;
  return { ...port, classId };
}

function checkPromise({ definition }: RunningNetwork, { mac, bandwidth }: NetworkPort, sum: number): void {
  const { name, bridge, bandwidth: network } = definition;
  const whole = network?.inbound;
  if (bridge === null || whole === null || whole === undefined)
    throw errors.operationUnsupported(
      `Invalid use of 'floor' on interface with MAC address ${mac} - network '${name}' has no inbound QoS set`,
      ErrorDomain.NETWORK,
    );
  const peak = bandwidth?.inbound?.peak ?? 0;
  const where = `'${mac}' interface into '${bridge.name}' because it would overcommit`;
  if (whole.peak !== null && whole.peak > 0 && peak > whole.peak)
    throw invalid(`Cannot plug ${where} 'peak' on network '${name}'`);
  const limit = whole.peak !== null && whole.peak > 0 ? whole.peak : (whole.average ?? 0);
  if (sum > limit) throw invalid(`Cannot plug ${where} 'average' on network '${name}'`);
}
