import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { step } from '../system-failure.ts';
import type { StorageVolume } from '../volume.ts';
import { imageFacts } from './describe-volume.ts';

/** Checks a volume before a program opens it, and with it whatever it says lies below. */
export type TrustedChain = (volume: StorageVolume) => Promise<void>;

const DEPTH_MAX = 32;

/**
 * Who writes an image names the files that belong to it, and a guest or an upload may have written it: only what is a
 * volume of an active pool (`isVolume` knows them by their paths) is opened for its sake. Throws operationDenied.
 */
export function trustedChain(isVolume: (path: string) => boolean): TrustedChain {
  return async ({ name, path: top, definition }) => {
    // Raw is what it is said to be, whatever its bytes look like.
    if (definition.target.format === 'raw' || definition.type === 'block') return;
    let path = top;
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const image = path;
      const { backing, external } = await step(`cannot open file '${image}'`, () => imageFacts(image));
      if (external) throw denied(`volume '${name}' has its content in a file that is no volume`);
      if (backing === null) return;
      if (!isVolume(backing.path))
        throw denied(`volume '${name}' lies on '${backing.path}', which is no volume of an active pool`);
      if (backing.format === 'raw') return;
      path = backing.path;
    }
    throw denied(`the chain of images below volume '${name}' is too long`);
  };
}

const denied = (text: string): Error => errors.operationDenied(text, ErrorDomain.STORAGE);
