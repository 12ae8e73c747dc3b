import { runTool } from '../../../native/tools/run-tool.ts';
import { errors } from '../../contract/error.ts';
import type { SysinfoEntries, SysinfoFacts } from '../../xml/sysinfo/sysinfo.ts';

type Rows = Readonly<Record<string, string>>;

/** libvirt's names of entries by dmidecode's. */
const biosRows = { vendor: 'Vendor', version: 'Version', date: 'Release Date', release: 'BIOS Revision' };
const systemRows = {
  manufacturer: 'Manufacturer',
  product: 'Product Name',
  version: 'Version',
  serial: 'Serial Number',
  uuid: 'UUID',
  sku: 'SKU Number',
  family: 'Family',
};
const baseBoardRows = {
  manufacturer: 'Manufacturer',
  product: 'Product Name',
  version: 'Version',
  serial: 'Serial Number',
  asset: 'Asset Tag',
  location: 'Location In Chassis',
};
const chassisRows = {
  manufacturer: 'Manufacturer',
  version: 'Version',
  serial: 'Serial Number',
  asset: 'Asset Tag',
  sku: 'SKU Number',
};
const processorRows = {
  socket_destination: 'Socket Designation',
  type: 'Type',
  family: 'Family',
  manufacturer: 'Manufacturer',
  signature: 'Signature',
  version: 'Version',
  external_clock: 'External Clock',
  max_speed: 'Max Speed',
  status: 'Status',
  serial_number: 'Serial Number',
  part_number: 'Part Number',
};
const memoryRows = {
  size: 'Size',
  form_factor: 'Form Factor',
  locator: 'Locator',
  bank_locator: 'Bank Locator',
  type: 'Type',
  type_detail: 'Type Detail',
  speed: 'Speed',
  manufacturer: 'Manufacturer',
  serial_number: 'Serial Number',
  part_number: 'Part Number',
};

/** A structure of the SMBIOS table: "Name: value" lines below its title. */
interface Structure {
  readonly title: string;
  readonly values: ReadonlyMap<string, string>;
}

function structures(output: string): Structure[] {
  return output.split(/\n\s*\n/).flatMap(block => {
    const [title, ...lines] = block.split('\n').filter(line => line !== '');
    if (title === undefined || title.startsWith('\t')) return [];
    const pairs = lines.flatMap((line): [string, string][] => {
      // deeper lines are lists of flags
      const [, name, value] = /^\t([^\t:][^:]*): *(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.trim()]];
    });
    return [{ title, values: new Map(pairs) }];
  });
}

const entries = ({ values }: Structure, rows: Rows): SysinfoEntries =>
  Object.fromEntries(Object.entries(rows).map(([name, label]) => [name, values.get(label) || null]));

const isKnown = (facts: SysinfoEntries): boolean => Object.values(facts).some(value => value !== null);

/** Reads what dmidecode prints with -q for the types 0 to 4, 11 and 17. */
export function parseDmidecode(output: string): SysinfoFacts {
  const all = structures(output);
  const titled = (title: string, rows: Rows): SysinfoEntries[] =>
    all
      .filter(structure => structure.title === title)
      .map(structure => entries(structure, rows))
      .filter(isKnown);
  return {
    bios: titled('BIOS Information', biosRows)[0] ?? null,
    system: titled('System Information', systemRows)[0] ?? null,
    baseBoards: titled('Base Board Information', baseBoardRows),
    chassis: titled('Chassis Information', chassisRows)[0] ?? null,
    processors: titled('Processor Information', processorRows),
    memoryDevices: titled('Memory Device', memoryRows).filter(({ size }) => size !== 'No Module Installed'),
    oemStrings: all
      .filter(({ title }) => title === 'OEM Strings')
      .flatMap(({ values }) => [...values].filter(([name]) => name.startsWith('String ')).map(([, value]) => value)),
  };
}

/** What the host's firmware says. Throws configUnsupported where there is no SMBIOS, or no dmidecode to read it. */
export async function readSysinfo(): Promise<SysinfoFacts> {
  try {
    const facts = parseDmidecode(await runTool('dmidecode', ['-q', '-t', '0,1,2,3,4,11,17']));
    if (facts.bios !== null || facts.system !== null) return facts;
  } catch (cause) {
    throw errors.configUnsupported('Host SMBIOS information is not available', undefined, { cause });
  }
  throw errors.configUnsupported('Host SMBIOS information is not available');
}
