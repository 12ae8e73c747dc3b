import type { SecretValues } from '../../contract/secret-values.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { PoolList } from '../pool-list.ts';
import type { ImageMakers } from './image-maker.ts';
import { Passphrases } from './passphrases.ts';
import { qemuImage } from './qemu-image.ts';
import { rawImage } from './raw-image.ts';
import { treeVolume } from './tree-volume.ts';
import { trustedChain } from './trusted-chain.ts';

interface Options {
  readonly pools: PoolList;
  readonly secrets: SecretValues | null;
  /** Below /run: for passphrases on their way to the programs that need them. */
  readonly runDirectory: string;
}

/** Who makes what, by format: trees and plain bytes ourselves, everything else qemu-img. */
export function imageMakers({ pools, secrets, runDirectory }: Options): ImageMakers {
  const isVolume = (path: string): boolean => pools.active().some(({ volumes }) => volumes.byPath(path) !== undefined);
  const qemu = qemuImage({
    passphrases: new Passphrases(secrets, runDirectory),
    requireTrusted: trustedChain(isVolume),
  });
  return (wanted, source) => {
    if (wanted.target.format === 'dir') return treeVolume;
    return isPlain(wanted) && (source === undefined || isPlain(source)) ? rawImage : qemu;
  };
}

/** Bytes that are what they are, also of a CD or a device. */
const isPlain = ({ type, target: { format, encryption } }: VolumeDefinition): boolean =>
  encryption === null && (type === 'block' || type === 'dir' || format === 'raw' || format === 'iso');
