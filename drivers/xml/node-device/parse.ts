import { ErrorDomain } from '../../contract/constants.ts';
import { inactiveMode } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import type { NodeDeviceDefinition } from './definition.ts';
import { nodeDevice } from './description.ts';

export interface ParseNodeDeviceOptions {
  /** Check the document against the system's schema first. */
  readonly validate: boolean;
}

/** A device that is to be made, from its document. Throws what libvirt's node device driver throws. */
export async function parseNodeDevice(
  xml: string,
  { validate }: ParseNodeDeviceOptions,
): Promise<NodeDeviceDefinition> {
  const check = validate ? { check: await schemaCheck('nodedev') } : {};
  const root = await readXml(xml, {
    what: 'node_device_definition',
    root: 'device',
    domain: ErrorDomain.NODEDEV,
    ...check,
  });
  return nodeDevice.read(root, inactiveMode);
}
