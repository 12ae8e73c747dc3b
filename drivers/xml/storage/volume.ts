import { ErrorDomain } from '../../contract/constants.ts';
import { draft, inactiveMode } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { formatXml } from '../write.ts';
import { xmlError } from './errors.ts';
import type { VolumeDefinition } from './volume-definition.ts';
import { volume } from './volume-description.ts';
import type { VolumeFormats } from './volume-formats.ts';

export interface ParseVolumeOptions {
  readonly formats: VolumeFormats;
  /** Check the document against the system's schema first. */
  readonly validate?: boolean;
  /** A source, whose capacity counts, makes one in the document needless. */
  readonly fromSource?: boolean;
}

/**
 * What a request for a volume says. What only the host can tell (key, path, times, physical size) is left out, whatever
 * the document says of it. Throws what libvirt throws: xmlError, configUnsupported, and xmlInvalidSchema of `validate`.
 */
export async function parseVolume(xml: string, options: ParseVolumeOptions): Promise<VolumeDefinition> {
  const check = options.validate === true ? await schemaCheck('storagevol') : undefined;
  const root = await readXml(xml, {
    what: 'storage_volume_definition',
    root: 'volume',
    domain: ErrorDomain.STORAGE,
    ...(check === undefined ? {} : { check }),
  });
  const read = volume(options.formats).read(root, inactiveMode);
  const optional = options.fromSource === true || read.backingStore !== null;
  if (read.capacity === null && !optional) throw xmlError('missing capacity element');
  return { ...read, key: null, physical: null, target: { ...read.target, path: null } };
}

/** A volume's document, laid out as libvirt lays it out. */
export function formatVolume(definition: VolumeDefinition, formats: VolumeFormats): string {
  const element = draft('volume');
  volume(formats).write(definition, element, inactiveMode);
  return formatXml(element);
}
