import { ErrorDomain } from '../drivers/contract/constants.ts';

/**
 * The drivers beside the hypervisor's, each of which a client may open by itself: by the name that its URI
 * ("network:///system"), its daemon ("virtnetworkd") and virConnectGetType have for it, the part of the public API that
 * it answers.
 */
export const secondaryDrivers = {
  interface: ErrorDomain.INTERFACE,
  network: ErrorDomain.NETWORK,
  nodedev: ErrorDomain.NODEDEV,
  nwfilter: ErrorDomain.NWFILTER,
  secret: ErrorDomain.SECRET,
  storage: ErrorDomain.STORAGE,
} as const;

export type SecondaryDriver = keyof typeof secondaryDrivers;
