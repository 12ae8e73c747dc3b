import { ErrorDomain } from '../../../contract/constants.ts';
import { errors, type LibvirtError } from '../../../contract/error.ts';

/** An archive that cannot be, or must not be, unpacked. */
export const invalidArchive = (text: string): LibvirtError =>
  errors.invalidArg(`the archive cannot be unpacked: ${text}`, ErrorDomain.STORAGE);
