import { xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';

/** What the capabilities document says of a host. Memory in KiB. */
export interface CapabilitiesFacts {
  readonly hostUuid: string;
  /** libvirt's name of the host's architecture. */
  readonly arch: string;
  /** Sizes of memory pages, in KiB. */
  readonly pageSizes: readonly number[];
  readonly powerManagement: readonly ('suspend_mem' | 'suspend_disk' | 'suspend_hybrid')[];
  readonly iommu: boolean;
  readonly cells: readonly NumaCell[];
  readonly caches: readonly CacheBank[];
  readonly securityModels: readonly SecurityModelFacts[];
  readonly guests: readonly GuestFacts[];
}

export interface NumaCell {
  readonly id: number;
  /** KiB. */
  readonly memory: bigint;
  readonly pages: readonly { readonly size: number; readonly count: bigint }[];
  readonly distances: readonly { readonly id: number; readonly value: number }[];
  readonly cpus: readonly CpuFacts[];
}

/** A CPU in its cell; without its place where the kernel does not tell. */
export interface CpuFacts {
  readonly id: number;
  readonly place: { socket: number; die: number; core: number; siblings: string } | null;
}

export interface CacheBank {
  readonly id: number;
  readonly level: number;
  readonly type: 'both' | 'code' | 'data';
  readonly size: number;
  readonly unit: 'B' | 'KiB' | 'MiB';
  readonly cpus: string;
}

export interface SecurityModelFacts {
  readonly model: string;
  readonly doi: string;
  readonly baseLabels: readonly { readonly type: string; readonly label: string }[];
}

/** A kind of container that the host runs. */
export interface GuestFacts {
  readonly arch: string;
  readonly wordSize: 32 | 64;
  readonly emulator: string;
}

const numbers = (values: Readonly<Record<string, number | string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const cpuElement = ({ id, place }: CpuFacts): XmlElement =>
  xmlElement(
    'cpu',
    place === null
      ? { id: String(id) }
      : numbers({
          id,
          socket_id: place.socket,
          die_id: place.die,
          core_id: place.core,
          siblings: place.siblings,
        }),
  );

const cellElement = ({ id, memory, pages, distances, cpus }: NumaCell): XmlElement =>
  xmlElement('cell', { id: String(id) }, [
    xmlElement('memory', { unit: 'KiB' }, [String(memory)]),
    ...pages.map(({ size, count }) => xmlElement('pages', { unit: 'KiB', size: String(size) }, [String(count)])),
    ...unlessEmpty(
      'distances',
      distances.map(distance => xmlElement('sibling', numbers({ ...distance }))),
    ),
    xmlElement('cpus', { num: String(cpus.length) }, cpus.map(cpuElement)),
  ]);

const unlessEmpty = (name: string, children: readonly XmlElement[]): XmlElement[] =>
  children.length === 0 ? [] : [xmlElement(name, {}, children)];

const secmodelElement = ({ model, doi, baseLabels }: SecurityModelFacts): XmlElement =>
  xmlElement('secmodel', {}, [
    xmlElement('model', {}, [model]),
    xmlElement('doi', {}, [doi]),
    ...baseLabels.map(({ type, label }) => xmlElement('baselabel', { type }, [label])),
  ]);

const hostElement = (facts: CapabilitiesFacts): XmlElement =>
  xmlElement('host', {}, [
    xmlElement('uuid', {}, [facts.hostUuid]),
    xmlElement('cpu', {}, [
      xmlElement('arch', {}, [facts.arch]),
      ...facts.pageSizes.map(size => xmlElement('pages', { unit: 'KiB', size: String(size) })),
    ]),
    xmlElement(
      'power_management',
      {},
      facts.powerManagement.map(name => xmlElement(name)),
    ),
    xmlElement('iommu', { support: facts.iommu ? 'yes' : 'no' }),
    ...unlessEmpty(
      'topology',
      facts.cells.length === 0
        ? []
        : [xmlElement('cells', { num: String(facts.cells.length) }, facts.cells.map(cellElement))],
    ),
    ...unlessEmpty(
      'cache',
      facts.caches.map(bank => xmlElement('bank', numbers({ ...bank }))),
    ),
    ...facts.securityModels.map(secmodelElement),
  ]);

const guestElement = ({ arch, wordSize, emulator }: GuestFacts): XmlElement =>
  xmlElement('guest', {}, [
    xmlElement('os_type', {}, ['exe']),
    xmlElement('arch', { name: arch }, [
      xmlElement('wordsize', {}, [String(wordSize)]),
      xmlElement('emulator', {}, [emulator]),
      xmlElement('domain', { type: 'lxc' }),
    ]),
  ]);

/** The capabilities document of lxc:///: host and guests, each followed by an empty line as libvirt has it. */
export function formatCapabilities(facts: CapabilitiesFacts): string {
  const parts = [hostElement(facts), ...facts.guests.map(guestElement)].map(element => `${formatXml(element, 1)}\n`);
  return `<capabilities>\n\n${parts.join('')}</capabilities>\n`;
}
