import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { openChildren } from '../describe/element.ts';
import { record, required, type Part } from '../describe/part.ts';
import { yesNo } from '../describe/text.ts';
import { bandwidth, portIsolated, virtualPortTemplate, vlan } from '../net/link-settings.ts';
import { attributeOf, childOf, childrenOf, type XmlElement } from '../tree.ts';
import type { NetworkBandwidth, PortGroup } from './definition.ts';
import { xmlError } from './errors.ts';
import { line } from './texts.ts';

/** `<bandwidth>` of a network or a portgroup: a floor is for those who are on it. */
export const sharedBandwidth: Part<NetworkBandwidth | null> = {
  read(from, mode) {
    const element = childOf(from, 'bandwidth');
    if (element !== null) checkBandwidth(element);
    const value = bandwidth.read(from, mode);
    const floors = [value?.inbound?.floor, value?.outbound?.floor];
    if (floors.some(floor => floor !== null && floor !== undefined))
      throw errors.configUnsupported('floor attribute is not supported for this config', ErrorDomain.NONE);
    return value;
  },
  write: bandwidth.write.bind(bandwidth),
};

function checkBandwidth(element: XmlElement): void {
  if (attributeOf(element, 'classID') !== null)
    throw errors.xmlDetail('classID attribute not supported on <bandwidth> in this usage context', ErrorDomain.NONE);
  for (const name of ['inbound', 'outbound'])
    if (childrenOf(element, name).length > 1)
      throw errors.xmlDetail(`Only one child <${name}> element allowed`, ErrorDomain.NONE);
}

export const trustGuestRxFilters: Part<boolean | null> = attribute('trustGuestRxFilters', yesNo);

const name = required(attribute('name', line), () => xmlError('Missing required name attribute in portgroup'));

/** What is said to be so; everything but a clear yes is no. */
const isDefault: Part<boolean> = {
  read: from => attributeOf(from, 'default') === 'yes',
  write(value, to) {
    if (value) to.attributes.push({ name: 'default', value: 'yes' });
  },
};

export const portGroup: Part<PortGroup> = record<PortGroup>({
  name,
  default: isDefault,
  trustGuestRxFilters,
  vlan,
  virtualport: virtualPortTemplate,
  bandwidth: sharedBandwidth,
  isolated: portIsolated,
});

/** `<portgroup>` elements. */
export const portGroups: Part<PortGroup[]> = openChildren('portgroup', portGroup);
