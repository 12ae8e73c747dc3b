import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { ObjectList } from '../objects/object-list.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { invalid, type Network } from './network.ts';

/**
 * The network that a definition is of, if there is one. Throws operationFailed for a name or UUID of another network,
 * and, when it is to be started, operationInvalid for one that runs.
 */
export function claimed(
  networks: ObjectList<Network>,
  { name, uuid }: NetworkDefinition,
  toStart: boolean,
): Network | undefined {
  const found = networks.byUuid(uuid);
  if (found !== undefined) {
    if (found.name !== name)
      throw errors.operationFailed(`network '${found.name}' is already defined with uuid ${uuid}`, ErrorDomain.NETWORK);
    if (toStart && found.running !== null) throw invalid(`network is already active as '${found.name}'`);
    return found;
  }
  const other = networks.byName(name);
  if (other !== undefined)
    throw errors.operationFailed(`network '${name}' already exists with uuid ${other.uuid}`, ErrorDomain.NETWORK);
  return undefined;
}
