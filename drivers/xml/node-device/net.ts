import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { absent, mapped, record, type Part } from '../describe/part.ts';
import { oneOf, unsigned } from '../describe/text.ts';
import type { NetCapability } from './definition.ts';
import { list, optionalText, requiredText } from './parts.ts';
import { unsupported } from './refusals.ts';

/** libvirt's names of what a network device can take off the CPU, in the order in which it lists them. */
export const netFeatures = [
  'rx',
  'tx',
  'sg',
  'tso',
  'gso',
  'gro',
  'lro',
  'rxvlan',
  'txvlan',
  'ntuple',
  'rxhash',
  'rdma',
  'txudptnl',
  'switchdev',
] as const;
export type NetFeature = (typeof netFeatures)[number];

const linkStates = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const;

const link = record({
  speed: attribute('speed', unsigned()),
  state: requiredAttribute('state', oneOf<string>(linkStates)),
});

const featureName = oneOf<string>(netFeatures, text =>
  errors.xmlError(`unknown network device feature '${text}'`, ErrorDomain.NODEDEV),
);

const features: Part<readonly string[]> = mapped(
  list('feature', record({ name: requiredAttribute('name', featureName) })),
  all => all.map(({ name }) => name),
  names => names.map(name => ({ name })),
);

const kinds = oneOf(['80203', '80211'], () =>
  errors.configUnsupported("invalid network type supplied for 'new device'", ErrorDomain.NODEDEV),
);

const kind: Part<NetCapability['kind']> = mapped(
  child('capability', record({ type: attribute('type', kinds) })),
  value => {
    if (value !== null && value.type === null) throw unsupported('invalid network type supplied');
    return value?.type ?? null;
  },
  type => (type === null ? null : { type }),
);

/** A network interface. */
export const net: Part<NetCapability> = record({
  type: absent('net'),
  interface: requiredText('interface', 'network interface'),
  address: optionalText('address'),
  link: child('link', link),
  features,
  kind,
});
