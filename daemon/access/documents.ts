/** What documents say their objects are: read with the parsers of the drivers, which shall make them. */
import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { HostInterfaceRef } from '../../drivers/contract/interface.ts';
import type { NwfilterBindingRef } from '../../drivers/contract/nwfilter.ts';
import type { SecretRef } from '../../drivers/contract/secret.ts';
import { textChild } from '../../drivers/xml/describe/element.ts';
import { inactiveMode } from '../../drivers/xml/describe/part.ts';
import { string } from '../../drivers/xml/describe/text.ts';
import { parseInterface } from '../../drivers/xml/interface/interface.ts';
import { parseNetwork } from '../../drivers/xml/network/network-document.ts';
import { parseNetworkPort } from '../../drivers/xml/network/port-document.ts';
import { parseNodeDevice } from '../../drivers/xml/node-device/parse.ts';
import { parseBinding } from '../../drivers/xml/nwfilter/binding.ts';
import { parseFilter } from '../../drivers/xml/nwfilter/filter.ts';
import { readXml, type ReadOptions } from '../../drivers/xml/read.ts';
import { parseSecret } from '../../drivers/xml/secret/secret.ts';
import { parsePool } from '../../drivers/xml/storage/pool.ts';

interface Names {
  readonly name: string;
  readonly uuid?: string;
}

const nameOf = textChild('name', string);
const uuidOf = textChild('uuid', string);

/** Of documents that only their driver can read whole: what it takes depends on its settings, or on a volume's pool. */
async function names(xml: string, options: ReadOptions): Promise<Names> {
  const root = await readXml(xml, options);
  const uuid = normalUuid(uuidOf.read(root, inactiveMode));
  return { name: nameOf.read(root, inactiveMode) ?? '', ...(uuid === null ? {} : { uuid }) };
}

/** One that is malformed is the driver's to refuse. */
function normalUuid(text: string | null): string | null {
  const digits = text?.replaceAll(/[-\s]/g, '').toLowerCase() ?? '';
  const match = /^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/.exec(digits);
  return match === null ? null : match.slice(1).join('-');
}

export const domain = (xml: string): Promise<Names> =>
  names(xml, { what: 'domain_definition', root: 'domain', domain: ErrorDomain.DOMAIN });

export const storageVolume = async (xml: string): Promise<{ name: string }> => ({
  name: (await names(xml, { what: 'storage_volume_definition', root: 'volume', domain: ErrorDomain.STORAGE })).name,
});

export const network = (xml: string): Promise<Names> => parseNetwork(xml);
export const networkPort = (xml: string): Promise<{ uuid: string }> => parseNetworkPort(xml);
export const storagePool = (xml: string): Promise<Names> => parsePool(xml);
export const nwfilter = (xml: string): Promise<Names> => parseFilter(xml);
export const nodeDevice = (xml: string): Promise<{ name: string }> => parseNodeDevice(xml, { validate: false });

/** Its address is the host's to say. */
export const hostInterface = async (xml: string): Promise<HostInterfaceRef> => {
  const { name } = await parseInterface(xml);
  return { name, mac: '' };
};

export const nwfilterBinding = async (xml: string): Promise<NwfilterBindingRef> => {
  const { portDev, filterref } = await parseBinding(xml);
  return { portdev: portDev, filtername: filterref.filter };
};

export const secret = async (xml: string): Promise<SecretRef> => {
  const { uuid, usage } = await parseSecret(xml);
  return { uuid, usageType: usage.type, usageID: usage.id };
};
