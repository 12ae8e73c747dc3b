import { randomUUID } from 'node:crypto';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError, errors } from '../../contract/error.ts';
import { attribute, attributes, requiredAttribute } from '../describe/attribute.ts';
import { child, children, group } from '../describe/element.ts';
import { checked, mapped, orElse, record, type Part } from '../describe/part.ts';
import { oneOf, string, unsigned, yesNo, type Place } from '../describe/text.ts';
import type { Bandwidth, VirtualPort, Vlan } from '../domain/definition.ts';

const rate = unsigned(0xffff_ffff, (text: string, place: Place) =>
  errors.configUnsupported(`could not convert bandwidth ${place.attribute} value '${text}'`, ErrorDomain.NONE),
);

const direction: Part<Bandwidth> = record<Bandwidth>({
  average: attribute('average', rate),
  peak: attribute('peak', rate),
  floor: attribute('floor', rate),
  burst: attribute('burst', rate),
});

const shaped = (name: 'inbound' | 'outbound'): Part<Bandwidth | null> =>
  checked(child(name, direction), value => {
    if (value === null) return;
    if (name === 'outbound' && value.floor !== null)
      throw errors.configUnsupported("'floor' attribute allowed only in <inbound> element", ErrorDomain.NONE);
    if (value.average === null && value.floor === null) throw missingAverage();
  });

const missingAverage = (): LibvirtError => {
  const text = 'Missing mandatory average or floor attributes';
  return new LibvirtError(ErrorCode.XML_DETAIL, ErrorDomain.NONE, text, { str1: '%s', str2: text });
};

/** A limit of nothing is none. */
const limiting = (part: Part<Bandwidth | null>): Part<Bandwidth | null> =>
  mapped(
    part,
    value => (value === null || (value.average === 0 && !value.floor) ? null : value),
    value => value,
  );

/** `<bandwidth>`; one that limits nothing is none. */
export const bandwidth: Part<{ inbound: Bandwidth | null; outbound: Bandwidth | null } | null> = mapped(
  child('bandwidth', record({ inbound: limiting(shaped('inbound')), outbound: limiting(shaped('outbound')) })),
  value => (value === null || (value.inbound === null && value.outbound === null) ? null : value),
  value => value,
);

const vlanError = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.NONE);

const tag = record<Vlan['tags'][number]>({
  id: checked(requiredAttribute('id', unsigned()), id => {
    if (id > 4095) throw vlanError(`vlan tag id ${id} too large (maximum 4095)`);
  }),
  nativeMode: attribute('nativeMode', oneOf(['tagged', 'untagged'])),
});

/** `<vlan>`: more than one tag makes a trunk. */
export const vlan: Part<Vlan | null> = child(
  'vlan',
  mapped(
    record({ trunk: attribute('trunk', oneOf(['yes', 'no'])), tags: children('tag', tag) }),
    ({ trunk, tags }) => {
      if (tags.length === 0)
        throw vlanError("missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
      const several = tags.length > 1 || tags.some(({ nativeMode }) => nativeMode !== null);
      if (several && trunk === 'no')
        throw vlanError("invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for more than one vlan tag");
      return { trunk: several || trunk === 'yes', tags };
    },
    ({ trunk, tags }) => ({ trunk: trunk ? ('yes' as const) : null, tags }),
  ),
);

const portTypes = ['none', '802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'] as const;

/** Open vSwitch's ports have an id, made up if need be; MidoNet's must be given. */
function identified(port: VirtualPort | null): VirtualPort | null {
  if (port === null || port.parameters['interfaceid'] !== undefined) return port;
  if (port.type === 'midonet')
    throw errors.xmlError("missing interfaceid in <virtualport type='midonet'>", ErrorDomain.NET);
  if (port.type !== 'openvswitch') return port;
  return { ...port, parameters: { ...port.parameters, interfaceid: randomUUID() } };
}

const portElement: Part<VirtualPort | null> = child(
  'virtualport',
  record<VirtualPort>({
    type: checked(
      attribute(
        'type',
        oneOf(portTypes, text => errors.configUnsupported(`unknown virtualport type ${text}`, ErrorDomain.NONE)),
      ),
      type => {
        if (type === null) throw errors.xmlError('missing required virtualport type', ErrorDomain.NONE);
      },
    ),
    parameters: group(
      'parameters',
      attributes(['managerid', 'typeid', 'typeidversion', 'instanceid', 'interfaceid', 'profileid']),
    ),
  }),
);

/** `<virtualport>` of a network or a portgroup: what ports get, each with an id of its own. */
export const virtualPortTemplate: Part<VirtualPort | null> = portElement;

/** `<virtualport>` of an interface, which must name its type. */
export const virtualPort: Part<VirtualPort | null> = mapped(portElement, identified, port => port);

/** `<port isolated=…/>` */
export const portIsolated: Part<boolean | null> = mapped(
  child('port', record({ isolated: attribute('isolated', yesNo) })),
  value => value?.isolated ?? null,
  value => (value === null ? null : { isolated: value }),
);

/** `<mtu size=…/>`; a size of zero is none. */
export const mtu: Part<number | null> = mapped(
  child('mtu', record({ size: attribute('size', unsigned(0xffff_ffff, malformed)) })),
  value => value?.size || null,
  value => (value === null ? null : { size: value }),
);

function malformed(): LibvirtError {
  return errors.xmlError('malformed mtu size', ErrorDomain.DOMAIN);
}

/** `<filterref>`: one without a filter is none; parameters are sorted by name, those with a bad name or value dropped. */
export const filterref: Part<{ filter: string; parameters: { name: string; value: string }[] } | null> = mapped(
  child(
    'filterref',
    record({
      filter: attribute('filter', string),
      parameters: children(
        'parameter',
        record({ name: orElse(attribute('name', string), ''), value: orElse(attribute('value', string), '') }),
      ),
    }),
  ),
  value => {
    if (value === null || value.filter === null) return null;
    const parameters = value.parameters
      .filter(({ name, value: text }) => /^[a-zA-Z0-9_]+$/.test(name) && /^[a-zA-Z0-9_.:]+$/.test(text))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return { filter: value.filter, parameters };
  },
  value => value,
);
