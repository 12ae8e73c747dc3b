/** A mediated device as it is written down. */
export interface MdevDefinition {
  readonly name: string;
  readonly uuid: string;
  /** The kernel's name of the device that makes it: "0000:00:02.0". */
  readonly parentAddress: string;
  readonly typeId: string;
  readonly autostart: boolean;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

/** libvirt's name of a mediated device. */
export const mdevName = (uuid: string, parentAddress: string): string =>
  `mdev_${uuid}_${parentAddress}`.replace(/[^A-Za-z0-9]/g, '_');

/** Reads `mdevctl list --dumpjson`: parents, each with its devices by their UUIDs. What has another form is passed over. */
export function parseDefinitions(json: string): MdevDefinition[] {
  const document: unknown = JSON.parse(json);
  return listOf(document).flatMap(parents =>
    entriesOf(parents).flatMap(([parentAddress, devices]) =>
      listOf(devices).flatMap(device =>
        entriesOf(device).flatMap(([uuid, facts]) => definitionOf(parentAddress, uuid, facts) ?? []),
      ),
    ),
  );
}

function definitionOf(parentAddress: string, uuid: string, facts: unknown): MdevDefinition | null {
  const values = new Map(entriesOf(facts));
  const typeId = values.get('mdev_type');
  if (typeof typeId !== 'string') return null;
  return {
    name: mdevName(uuid, parentAddress),
    uuid,
    parentAddress,
    typeId,
    autostart: values.get('start') === 'auto',
    attributes: listOf(values.get('attrs')).flatMap(attribute =>
      entriesOf(attribute).flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : [])),
    ),
  };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];
