import {
  ErrorDomain,
  NetworkUpdateCommand as Command,
  NetworkUpdateSection as Section,
} from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { updateDhcpHost, updateDhcpRange } from './dhcp.ts';
import { updateDnsHost, updateDnsSrv, updateDnsTxt } from './dns.ts';
import { updateInterface, updatePortGroup } from './links.ts';

export interface UpdateRequest {
  readonly command: number;
  readonly section: number;
  /** Which of the elements above it is meant; -1 for the first that fits. */
  readonly parentIndex: number;
  readonly element: () => Promise<XmlElement>;
}

/** One change of one definition. */
export interface Update {
  readonly command: 'modify' | 'delete' | 'first' | 'last';
  readonly parentIndex: number;
  readonly element: XmlElement;
  /** How many guests use each device; none for a definition that does not run. */
  readonly inUse: ReadonlyMap<string, number>;
}

type SectionUpdate = (definition: NetworkDefinition, update: Update) => NetworkDefinition;

const sections: Readonly<Record<number, SectionUpdate>> = {
  [Section.IP_DHCP_HOST]: updateDhcpHost,
  [Section.IP_DHCP_RANGE]: updateDhcpRange,
  [Section.FORWARD_INTERFACE]: updateInterface,
  [Section.PORTGROUP]: updatePortGroup,
  [Section.DNS_HOST]: updateDnsHost,
  [Section.DNS_TXT]: updateDnsTxt,
  [Section.DNS_SRV]: updateDnsSrv,
};

/** Those that have a name and cannot be changed in part. */
const whole: Readonly<Record<number, string>> = {
  [Section.BRIDGE]: 'bridge',
  [Section.DOMAIN]: 'domain',
  [Section.IP]: 'ip',
  [Section.FORWARD]: 'forward',
  [Section.FORWARD_PF]: 'forward pf',
};

const commands: Readonly<Record<number, Update['command']>> = {
  [Command.MODIFY]: 'modify',
  [Command.DELETE]: 'delete',
  [Command.ADD_LAST]: 'last',
  [Command.ADD_FIRST]: 'first',
};

const notSupported = (text: string): LibvirtError => errors.operationUnsupported(text, ErrorDomain.NETWORK);

/** The definition with the change. Throws as libvirt does for what cannot be changed, is not there, or is already. */
export async function updated(
  definition: NetworkDefinition,
  { command, section, parentIndex, element }: UpdateRequest,
  inUse: ReadonlyMap<string, number>,
): Promise<NetworkDefinition> {
  const apply = sections[section];
  if (apply === undefined) {
    const name = whole[section];
    throw notSupported(
      name === undefined
        ? "can't update unrecognized section of network"
        : `can't update '${name}' section of network '${definition.name}'`,
    );
  }
  const known = commands[command];
  const read = await element();
  if (known === undefined) throw notSupported(`unrecognized network update command code ${command}`);
  return apply(definition, { command: known, parentIndex, element: read, inUse });
}
