import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';

/** The kinds of refusal that network documents meet, with libvirt's error domain for them. */
export const xmlError = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.NETWORK);
export const xmlDetail = (text: string): LibvirtError => errors.xmlDetail(text, ErrorDomain.NETWORK);
export const unsupported = (text: string): LibvirtError => errors.configUnsupported(text, ErrorDomain.NETWORK);
export const internalError = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.NETWORK);
