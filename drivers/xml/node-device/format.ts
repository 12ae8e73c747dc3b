import { draft, inactiveMode } from '../describe/part.ts';
import { formatXml } from '../write.ts';
import type { NodeDeviceDefinition } from './definition.ts';
import { nodeDevice } from './description.ts';

/** A device's document, laid out as libvirt lays it out. */
export function formatNodeDevice(definition: NodeDeviceDefinition): string {
  const element = draft('device');
  nodeDevice.write(definition, element, { ...inactiveMode, live: true });
  return formatXml(element);
}
