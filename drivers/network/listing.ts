import { ConnectListAllNetworksFlags as Flags, ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { checkFlags } from '../contract/flags.ts';
import type { NetworkListing } from '../contract/network.ts';
import { flagsOf, listFilter, not, type FlagGroup } from '../objects/list-filter.ts';
import type { NetworkContext } from './context.ts';
import { isListed, refOf, type Network } from './network.ts';

const active = ({ running }: Network): boolean => running !== null;
const persistent = ({ stored }: Network): boolean => stored !== null;
const autostart = (network: Network): boolean => network.autostart;

const groups: readonly FlagGroup<Network>[] = [
  [
    [Flags.ACTIVE, active],
    [Flags.INACTIVE, not(active)],
  ],
  [
    [Flags.PERSISTENT, persistent],
    [Flags.TRANSIENT, not(persistent)],
  ],
  [
    [Flags.AUTOSTART, autostart],
    [Flags.NO_AUTOSTART, not(autostart)],
  ],
];

/** Which networks there are. */
export function listing({ networks }: NetworkContext): NetworkListing {
  const names = (test: (network: Network) => boolean): string[] =>
    [...networks.all()].filter(network => isListed(network) && test(network)).map(({ name }) => name);
  return {
    connectListNetworks: () => names(active),
    connectNumOfNetworks: () => names(active).length,
    connectListDefinedNetworks: () => names(not(active)),
    connectNumOfDefinedNetworks: () => names(not(active)).length,
    connectListAllNetworks(flags) {
      checkFlags(flags, flagsOf(groups), 'networkConnectListAllNetworks', ErrorDomain.NETWORK);
      return [...networks.all()].filter(isListed).filter(listFilter(groups, flags)).map(refOf);
    },
    networkLookupByName(name) {
      const found = networks.byName(name);
      if (found === undefined || !isListed(found))
        throw errors.noNetwork(`no network with matching name '${name}'`, ErrorDomain.NETWORK);
      return refOf(found);
    },
    networkLookupByUuid(uuid) {
      const found = networks.byUuid(uuid);
      if (found === undefined || !isListed(found))
        throw errors.noNetwork(`no network with matching uuid '${uuid}'`, ErrorDomain.NETWORK);
      return refOf(found);
    },
  };
}
