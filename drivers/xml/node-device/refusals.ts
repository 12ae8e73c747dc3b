import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';

/** What libvirt calls a device whose document is being read, whatever the document calls it. */
const NEW_DEVICE = "'new device'";

export const internalError = (text: string): LibvirtError =>
  errors.internalError(`${text} for ${NEW_DEVICE}`, ErrorDomain.NODEDEV);

export const unsupported = (text: string): LibvirtError =>
  errors.configUnsupported(`${text} for ${NEW_DEVICE}`, ErrorDomain.NODEDEV);
