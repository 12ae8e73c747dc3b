import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';

/** The two kinds of refusal that documents of the storage driver meet, with its error domain. */
export const xmlError = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.STORAGE);
export const unsupported = (text: string): LibvirtError => errors.configUnsupported(text, ErrorDomain.STORAGE);
