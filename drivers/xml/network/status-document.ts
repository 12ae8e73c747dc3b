import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { readXml } from '../read.ts';
import { childOf, xmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { NetworkDefinition } from './definition.ts';
import { networkElement, networkFileHeader, networkFrom } from './network-document.ts';

/** Classes of a bridge that are not ports'. */
const OWN_CLASSES = [0, 1, 2];

export interface NetworkStatus {
  readonly definition: NetworkDefinition;
  /** Classes of ports that are in use, and the sum of the floors that they have been promised. */
  readonly classes: readonly number[];
  readonly floor: number;
}

/** The text of `/run/libvirt/network/NAME.xml`: enough for another daemon, ours or libvirt's, to take the network over. */
export function formatNetworkStatus({ definition, classes, floor }: NetworkStatus): string {
  const used = [...OWN_CLASSES, ...classes].sort((a, b) => a - b);
  const root = xmlElement('networkstatus', {}, [
    xmlElement('class_id', { bitmap: ranges(used) }),
    xmlElement('floor', { sum: String(floor) }),
    networkElement(definition, { total: 0, byDevice: new Map() }),
  ]);
  return networkFileHeader(definition.name) + formatXml(root);
}

/** "0-2,5" */
function ranges(numbers: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.to === number - 1) last.to = number;
    else runs.push({ from: number, to: number });
  }
  return runs.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/** Reads such a file. The classes are counted from the ports. */
export async function parseNetworkStatus(xml: string): Promise<NetworkDefinition> {
  const root = await readXml(xml, { what: 'network_status', root: 'networkstatus', domain: ErrorDomain.NETWORK });
  const network = childOf(root, 'network');
  if (network === null) throw errors.internalError('no network config', ErrorDomain.NETWORK);
  return networkFrom(network, true);
}
