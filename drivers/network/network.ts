import { ErrorDomain } from '../contract/constants.ts';
import { errors, type LibvirtError } from '../contract/error.ts';
import type { NetworkRef } from '../contract/network.ts';
import type { ObjectList } from '../objects/object-list.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import type { NetworkPort } from '../xml/network/port-definition.ts';

/** One guest's interface on a running network. */
export interface Port {
  readonly settings: NetworkPort;
  /** The link of the host that is plugged in; null until it is. */
  readonly device: string | null;
  /** It is of an interface of one of our domains; others are of whoever made them by the API. */
  readonly ofDomain: boolean;
}

export interface RunningNetwork {
  /** As it runs: with what its pools hold, and with what was changed while it runs. */
  definition: NetworkDefinition;
  /** By their UUIDs. */
  readonly ports: Map<string, Port>;
}

/** A network that clients manage: persistent, running, or both. */
export interface Network {
  readonly uuid: string;
  name: string;
  /** What is kept; null for a transient network. */
  stored: NetworkDefinition | null;
  running: RunningNetwork | null;
  autostart: boolean;
}

export const newNetwork = ({ uuid, name }: NetworkRef): Network => ({
  uuid,
  name,
  stored: null,
  running: null,
  autostart: false,
});

export const refOf = ({ name, uuid }: Network): NetworkRef => ({ name, uuid });

/** Whether clients see it: one that is being created is not there yet. */
export const isListed = ({ stored, running }: Network): boolean => stored !== null || running !== null;

/** What a network is at the moment. */
export function current(network: Network): NetworkDefinition {
  const definition = network.running?.definition ?? network.stored;
  if (definition === null) throw noSuchNetwork(network);
  return definition;
}

/** What a network is at its next start; for a transient one, what it is. */
export const inactive = (network: Network): NetworkDefinition => network.stored ?? current(network);

/** The network that a client means. Throws noNetwork. */
export function networkOf(networks: ObjectList<Network>, ref: NetworkRef): Network {
  const found = networks.byUuid(ref.uuid);
  if (found === undefined || !isListed(found)) throw noSuchNetwork(ref);
  return found;
}

const noSuchNetwork = ({ uuid, name }: NetworkRef): LibvirtError =>
  errors.noNetwork(`no network with matching uuid '${uuid}' (${name})`, ErrorDomain.NETWORK);

/** Throws operationInvalid for a network that does not run. */
export function runningOf(network: Network): RunningNetwork {
  if (network.running === null) throw invalid(`network '${network.name}' is not active`);
  return network.running;
}

export const invalid = (text: string): LibvirtError => errors.operationInvalid(text, ErrorDomain.NETWORK);
