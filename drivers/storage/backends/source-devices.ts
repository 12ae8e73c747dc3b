import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { unsupported } from '../../xml/storage/errors.ts';
import { invalid } from '../errors.ts';

/** The devices that a pool is made of. Throws for what a program could take for something else than a path. */
export function sourceDevices({ source: { devices } }: PoolDefinition): string[] {
  const relative = devices.find(({ path }) => !path.startsWith('/'));
  if (relative !== undefined) throw invalid(`the source device '${relative.path}' is not an absolute path`);
  return devices.map(({ path }) => path);
}

/** The same of a pool that has one. */
export function sourceDevice(definition: PoolDefinition): string {
  const [device, ...more] = sourceDevices(definition);
  if (device === undefined || more.length > 0) throw unsupported('expected exactly 1 device for the storage pool');
  return device;
}
