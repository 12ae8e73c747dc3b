import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import type { Side } from './device-kind.ts';

/** What there is no device for, as libvirt's driver says it of each definition. */
export const notFound = (side: Side, config: string, live: string): LibvirtError =>
  side === 'config' ? errors.invalidArg(config) : errors.operationFailed(live);

/** A second device where there may be one. */
export const alreadyThere = (side: Side, config: string, live: string): LibvirtError =>
  side === 'config' ? errors.invalidArg(config) : errors.operationFailed(live);

/** A device that a call names and no definition has: DEVICE_MISSING. */
export const missingDevice = (detail: string): LibvirtError => {
  const head = 'device not found: %s';
  const text = `device not found: ${detail}`;
  return new LibvirtError(ErrorCode.DEVICE_MISSING, ErrorDomain.DOMAIN, text, { str1: head, str2: detail });
};

export const notUpdatedLive = (): LibvirtError => errors.operationUnsupported('Unable to modify live devices');
