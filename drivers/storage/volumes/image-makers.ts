import { constants, open } from 'node:fs';
import { promisify } from 'node:util';
import type { SecretValues } from '../../contract/secret-values.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { PoolList } from '../pool-list.ts';
import type { ImageMakers } from './image-maker.ts';
import { Passphrases } from './passphrases.ts';
import { qemuImage } from './qemu-image.ts';
import { rawImage } from './raw-image.ts';
import { treeVolume } from './tree-volume.ts';
import { openVolume } from './open-volume.ts';

const openFile = promisify(open);

interface Options {
  readonly pools: PoolList;
  readonly secrets: SecretValues | null;
  /** Below /run: for passphrases on their way to the programs that need them. */
  readonly runDirectory: string;
}

/** Who makes what, by format: trees and plain bytes ourselves, everything else qemu-img. */
export function imageMakers({ pools, secrets, runDirectory }: Options): ImageMakers {
  const qemu = qemuImage({
    passphrases: new Passphrases(secrets, runDirectory),
    volumeAt: path => volumeAt(pools, path),
  });
  return (wanted, source) => {
    if (wanted.target.format === 'dir') return treeVolume;
    return isPlain(wanted) && (source === undefined || isPlain(source)) ? rawImage : qemu;
  };
}

/** Bytes that are what they are, also of a CD or a device. */
const isPlain = ({ type, target: { format, encryption } }: VolumeDefinition): boolean =>
  encryption === null && (type === 'block' || type === 'dir' || format === 'raw' || format === 'iso');

/** How the volume of an active pool at that path is opened. */
function volumeAt(pools: PoolList, path: string): (() => Promise<number>) | null {
  for (const { definition, volumes } of pools.active()) {
    const volume = volumes.byPath(path);
    const directory = definition.target?.path;
    if (volume === undefined || volume.definition.type === 'dir') continue;
    if (volume.definition.type === 'file' && directory !== undefined)
      return () => openVolume(directory, volume.name, constants.O_RDONLY);
    return () => openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }
  return null;
}
