import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { absent, mapped, record, type Part } from '../describe/part.ts';
import { oneOf, string, unsigned } from '../describe/text.ts';
import type { PciCapability, PciLink } from './definition.ts';
import {
  attributeOfChild,
  list,
  mdevTypes,
  namedId,
  numberChild,
  pciAddress,
  presence,
  requiredNumber,
  subCapability,
} from './parts.ts';
import { vitalProductData } from './vital-product-data.ts';

const link: Part<PciLink> = record({
  validity: requiredAttribute('validity', oneOf(['cap', 'sta'])),
  port: attribute('port', unsigned()),
  speed: attribute('speed', string),
  width: requiredAttribute('width', unsigned()),
});

const bridges: Part<PciCapability['bridge']> = mapped(
  record({ pci: presence('pci-bridge'), cardbus: presence('cardbus-bridge') }),
  ({ pci, cardbus }) => (pci ? 'pci-bridge' : cardbus ? 'cardbus-bridge' : null),
  bridge => ({ pci: bridge === 'pci-bridge', cardbus: bridge === 'cardbus-bridge' }),
);

const virtualFunctions: Part<NonNullable<PciCapability['virtualFunctions']>> = record({
  maxCount: mapped(
    attribute('maxCount', unsigned()),
    value => value ?? 0,
    value => (value === 0 ? null : value),
  ),
  addresses: list('address', pciAddress),
});

const iommuGroup: Part<NonNullable<PciCapability['iommuGroup']>> = record({
  number: requiredAttribute('number', unsigned()),
  addresses: list('address', pciAddress),
});

/** A device on a PCI bus. */
export const pci: Part<PciCapability> = record({
  type: absent('pci'),
  class: numberChild('class', 'PCI class', 6),
  domain: requiredNumber('domain', 'PCI domain ID'),
  bus: requiredNumber('bus', 'PCI bus ID'),
  slot: requiredNumber('slot', 'PCI slot ID'),
  function: requiredNumber('function', 'PCI function ID'),
  product: namedId('product', 'PCI product ID'),
  vendor: namedId('vendor', 'PCI vendor ID'),
  physicalFunction: mapped(
    subCapability('phys_function', record({ address: child('address', pciAddress) })),
    value => value?.address ?? null,
    address => (address === null ? null : { address }),
  ),
  virtualFunctions: subCapability('virt_functions', virtualFunctions),
  bridge: bridges,
  mdevTypes,
  vpd: subCapability('vpd', vitalProductData),
  iommuGroup: child('iommuGroup', iommuGroup),
  numaNode: attributeOfChild('numa', 'node', unsigned()),
  express: child('pci-express', record({ links: list('link', link) })),
});
