import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';

/** The three kinds of refusal that domain documents meet, with libvirt's error domain for them. */
export const xmlError = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.DOMAIN);
export const unsupported = (text: string): LibvirtError => errors.configUnsupported(text, ErrorDomain.DOMAIN);
export const internalError = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.DOMAIN);
