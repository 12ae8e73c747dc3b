import { ErrorCode, ErrorDomain } from '../contract/constants.ts';
import { errors, LibvirtError } from '../contract/error.ts';

/** The driver's refusals, with its error domain. */
export const invalid = (text: string): LibvirtError => errors.operationInvalid(text, ErrorDomain.STORAGE);
export const failed = (text: string): LibvirtError => errors.operationFailed(text, ErrorDomain.STORAGE);
export const internal = (text: string, cause?: unknown): LibvirtError =>
  errors.internalError(text, ErrorDomain.STORAGE, { cause });
export const noPool = (text: string): LibvirtError => errors.noStoragePool(text, ErrorDomain.STORAGE);
export const unsupportedCall = (text: string): LibvirtError => errors.noSupport(text, ErrorDomain.STORAGE);

const withHead = (code: ErrorCode, head: string) => (detail: string) =>
  new LibvirtError(
    code,
    ErrorDomain.STORAGE,
    head.replace('%s', () => detail),
    { str1: head, str2: detail },
  );

export const alreadyBuilt = withHead(ErrorCode.STORAGE_POOL_BUILT, 'Storage pool already built: %s');
export const probeFailed = withHead(ErrorCode.STORAGE_PROBE_FAILED, 'Storage pool probe failed: %s');
