import { xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';

/** Entries by libvirt's names ("vendor", "version", …), in the order of its output; a null one is unknown. */
export type SysinfoEntries = Readonly<Record<string, string | null>>;

/** What the host's firmware (SMBIOS) says. Sections that it does not have are null or empty. */
export interface SysinfoFacts {
  readonly bios: SysinfoEntries | null;
  readonly system: SysinfoEntries | null;
  readonly baseBoards: readonly SysinfoEntries[];
  readonly chassis: SysinfoEntries | null;
  readonly processors: readonly SysinfoEntries[];
  readonly memoryDevices: readonly SysinfoEntries[];
  readonly oemStrings: readonly string[];
}

/** The names of each section's entries, in libvirt's order. */
const sysinfoEntries = {
  bios: ['vendor', 'version', 'date', 'release'],
  system: ['manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family'],
  baseBoard: ['manufacturer', 'product', 'version', 'serial', 'asset', 'location'],
  chassis: ['manufacturer', 'version', 'serial', 'asset', 'sku'],
  processor: [
    'socket_destination',
    'type',
    'family',
    'manufacturer',
    'signature',
    'version',
    'external_clock',
    'max_speed',
    'status',
    'serial_number',
    'part_number',
  ],
  memory_device: [
    'size',
    'form_factor',
    'locator',
    'bank_locator',
    'type',
    'type_detail',
    'speed',
    'manufacturer',
    'serial_number',
    'part_number',
  ],
} as const;

type Section = keyof typeof sysinfoEntries;

const sectionElement = (section: Section, entries: SysinfoEntries): XmlElement =>
  xmlElement(
    section,
    {},
    sysinfoEntries[section].flatMap(name => {
      const value = entries[name] ?? null;
      return value === null ? [] : [xmlElement('entry', { name }, [value])];
    }),
  );

const sections = (section: Section, values: readonly (SysinfoEntries | null)[]): XmlElement[] =>
  values.flatMap(entries => (entries === null ? [] : [sectionElement(section, entries)]));

/** The document of virConnectGetSysinfo. */
export function formatSysinfo(facts: SysinfoFacts): string {
  const strings = facts.oemStrings.map(text => xmlElement('entry', {}, [text]));
  return formatXml(
    xmlElement('sysinfo', { type: 'smbios' }, [
      ...sections('bios', [facts.bios]),
      ...sections('system', [facts.system]),
      ...sections('baseBoard', facts.baseBoards),
      ...sections('chassis', [facts.chassis]),
      ...sections('processor', facts.processors),
      ...sections('memory_device', facts.memoryDevices),
      ...(strings.length === 0 ? [] : [xmlElement('oemStrings', {}, strings)]),
    ]),
  );
}
