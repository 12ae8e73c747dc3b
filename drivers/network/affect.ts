import { ErrorDomain, NetworkUpdateFlags as Flags } from '../contract/constants.ts';
import { checkFlags } from '../contract/flags.ts';
import { invalid, type Network } from './network.ts';

/**
 * Which of a network's definitions a change is for; neither flag means what it is at the moment. Throws operationInvalid
 * for one that it does not have.
 */
export function affected(network: Network, flags: number, caller: string): { live: boolean; config: boolean } {
  checkFlags(flags, Flags.LIVE | Flags.CONFIG, caller, ErrorDomain.NETWORK);
  const none = (flags & (Flags.LIVE | Flags.CONFIG)) === 0;
  const live = none ? network.running !== null : (flags & Flags.LIVE) !== 0;
  const config = none ? network.running === null : (flags & Flags.CONFIG) !== 0;
  if (live && network.running === null) throw invalid('network is not running');
  if (config && network.stored === null) throw invalid('cannot change persistent config of a transient network');
  return { live, config };
}
