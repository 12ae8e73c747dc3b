import type { VolumeDefinition } from '../xml/storage/volume-definition.ts';

/** A volume of an active pool. Its definition is replaced as a whole when its figures are read again. */
export class StorageVolume {
  readonly name: string;
  /** What is unique on this host: a path, or a UUID of LVM. */
  readonly key: string;
  readonly path: string;
  definition: VolumeDefinition;
  /** It is being made: its bytes are not all there yet. */
  building = false;
  /** How many long operations (clone, wipe, upload, download) work on it. */
  inUse = 0;
  /** When its content was looked at, in ms since the epoch; 0: never. */
  readonly read: number;

  constructor(name: string, key: string, path: string, definition: VolumeDefinition, read = 0) {
    this.name = name;
    this.key = key;
    this.path = path;
    this.definition = definition;
    this.read = read;
  }
}
