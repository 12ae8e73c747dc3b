import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** The chain that every frame comes to; the others are entered from it. */
export const ROOT_CHAIN = 'root';

/** What chains' names begin with, which decides what frames they see; and the place that such a chain has among the others. */
const chainKinds = {
  mac: -800,
  vlan: -750,
  stp: 0,
  arp: -500,
  rarp: -400,
  ipv4: -700,
  ipv6: -600,
} as const;
export type ChainKind = keyof typeof chainKinds;

const MAX_LENGTH = 12;

const isKind = (name: string): name is ChainKind => Object.hasOwn(chainKinds, name);

/** Which frames a chain sees; null for those that see all. */
export function chainKind(chain: string): ChainKind | null {
  return (
    Object.keys(chainKinds)
      .filter(isKind)
      .find(kind => chain.startsWith(kind)) ?? null
  );
}

export const defaultChainPriority = (chain: string): number => {
  const kind = chainKind(chain);
  return kind === null ? 0 : chainKinds[kind];
};

/** Throws invalidArg for what is no chain's name. */
export function checkChain(chain: string): void {
  if (chain === ROOT_CHAIN) return;
  if (chain.length > MAX_LENGTH)
    throw errors.invalidArg(`Name of chain is longer than ${MAX_LENGTH} characters`, ErrorDomain.NWFILTER);
  if (chainKind(chain) === null)
    throw errors.invalidArg(
      `Invalid chain name '${chain}'. Please use a chain name called '${ROOT_CHAIN}' or any of the following prefixes: ${Object.keys(chainKinds).join(', ')}`,
      ErrorDomain.NWFILTER,
    );
  if (!/^[a-zA-Z0-9_.:-]*$/.test(chain))
    throw errors.invalidArg('Chain name contains invalid characters', ErrorDomain.NWFILTER);
}
