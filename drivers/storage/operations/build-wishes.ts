import {
  ErrorCode,
  ErrorDomain,
  StoragePoolBuildFlags as Build,
  StoragePoolCreateFlags as Create,
} from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import type { BuildWishes } from '../backend.ts';

export const buildFlags = Build.NO_OVERWRITE | Build.OVERWRITE;
export const createFlags = Create.WITH_BUILD | Create.WITH_BUILD_OVERWRITE | Create.WITH_BUILD_NO_OVERWRITE;

/** What the flags of build ask for. Throws invalidArg for both at once. */
export function buildWishes(flags: number): BuildWishes {
  const overwrite = (flags & Build.OVERWRITE) !== 0;
  const noOverwrite = (flags & Build.NO_OVERWRITE) !== 0;
  if (overwrite && noOverwrite) {
    const text =
      "Flags 'VIR_STORAGE_POOL_BUILD_OVERWRITE' and 'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE' are mutually exclusive";
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.STORAGE, text, { str1: '%s', str2: text });
  }
  return { overwrite, noOverwrite };
}

/** What the flags of create ask to be built first; null: nothing. Overwriting counts more than not overwriting. */
export function createWishes(flags: number): BuildWishes | null {
  if ((flags & createFlags) === 0) return null;
  const overwrite = (flags & Create.WITH_BUILD_OVERWRITE) !== 0;
  return { overwrite, noOverwrite: !overwrite && (flags & Create.WITH_BUILD_NO_OVERWRITE) !== 0 };
}
