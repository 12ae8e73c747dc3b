import { xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import { poolTypes, type PoolType } from './pool-definition.ts';
import { poolTypeForms } from './pool-types.ts';

/** What makes an element without content be written as two tags. */
const nothing = { kind: 'comment', text: '' } as const;

const listed = (names: readonly string[]): XmlElement['children'] =>
  names.length === 0 ? [nothing] : names.map(name => xmlElement('value', {}, [name]));

const options = (element: string, fallback: string, enumeration: string, names: readonly string[]): XmlElement =>
  xmlElement(element, {}, [
    xmlElement('defaultFormat', { type: fallback }),
    xmlElement('enum', { name: enumeration }, listed(names)),
  ]);

function poolElement(type: PoolType, supported: boolean): XmlElement {
  const { formats, volumes, listedVolumes } = poolTypeForms[type];
  const children = [
    ...(formats === null ? [] : [options('poolOptions', formats.fallback, 'sourceFormatType', formats.names)]),
    ...(listedVolumes === null ? [] : [options('volOptions', volumes.fallback, 'targetFormatType', listedVolumes)]),
  ];
  return xmlElement(
    'pool',
    { type, supported: supported ? 'yes' : 'no' },
    children.length === 0 ? [nothing] : children,
  );
}

/** The document of virConnectGetStoragePoolCapabilities: every type that there is, and whether `supported` has it. */
export const formatPoolCapabilities = (supported: (type: PoolType) => boolean): string =>
  formatXml(
    xmlElement(
      'storagepoolCapabilities',
      {},
      poolTypes.map(type => poolElement(type, supported(type))),
    ),
  );

/** The document of virConnectGetCapabilities on a connection to the storage driver alone, laid out as libvirt's. */
export function formatStorageCapabilities(supported: (type: PoolType) => boolean): string {
  const types = xmlElement('enum', { name: 'type' }, listed(poolTypes.filter(supported)));
  return `<capabilities>\n\n${formatXml(xmlElement('pool', {}, [types]), 1)}\n</capabilities>\n`;
}
