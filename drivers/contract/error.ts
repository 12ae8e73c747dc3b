import { ErrorCode, ErrorDomain } from './constants.ts';

/** What a LibvirtError carries beyond code, domain and text: the fields of libvirt's virError. */
export interface ErrorDetails {
  /** The format and its detail, as libvirt fills them: str1 is the message head, str2 the caller's text. */
  readonly str1?: string;
  readonly str2?: string;
  readonly str3?: string;
  readonly int1?: number;
  readonly int2?: number;
  readonly cause?: unknown;
}

/**
 * The one error class: everything a client is told of a failure. Anything else that is thrown is a bug of ours; the
 * daemon logs it with its stack and answers VIR_ERR_INTERNAL_ERROR.
 */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, domain: ErrorDomain, message: string, details: ErrorDetails = {}) {
    super(bounded(message), { cause: details.cause });
    this.code = code;
    this.domain = domain;
    this.details = details.str2 === undefined ? details : { ...details, str2: bounded(details.str2) };
  }
}

/** Texts quote what clients sent, which may be megabytes. */
const MAX_TEXT = 4096;

const bounded = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

type Constructor = (detail: string, domain?: ErrorDomain, details?: ErrorDetails) => LibvirtError;

/** `%s` in the head marks where the detail goes; str1 and str2 are filled as libvirt fills them. */
const withHead =
  (code: ErrorCode, head: string): Constructor =>
  (detail, domain = ErrorDomain.LXC, details = {}) =>
    new LibvirtError(
      code,
      domain,
      head.replace('%s', () => detail),
      { str1: head, str2: detail, ...details },
    );

/**
 * Constructors by name: `errors.noDomain("no domain with matching name 'x'")`. The detail is the text behind the head;
 * the error's domain is LXC unless named otherwise. The heads are interface: scripts match on them.
 */
export const errors = {
  internalError: withHead(ErrorCode.INTERNAL_ERROR, 'internal error: %s'),
  noMemory: withHead(ErrorCode.NO_MEMORY, 'out of memory: %s'),
  noSupport: withHead(ErrorCode.NO_SUPPORT, 'this function is not supported by the connection driver: %s'),
  noConnect: withHead(ErrorCode.NO_CONNECT, 'no connection driver available for %s'),
  invalidArg: withHead(ErrorCode.INVALID_ARG, 'invalid argument: %s'),
  operationFailed: withHead(ErrorCode.OPERATION_FAILED, 'operation failed: %s'),
  osType: withHead(ErrorCode.OS_TYPE, 'unknown OS type %s'),
  rpc: withHead(ErrorCode.RPC, 'RPC error: %s'),
  domExist: withHead(ErrorCode.DOM_EXIST, 'domain %s exists already'),
  operationDenied: withHead(ErrorCode.OPERATION_DENIED, 'operation forbidden: %s'),
  xmlError: withHead(ErrorCode.XML_ERROR, 'XML error: %s'),
  xmlDetail: withHead(ErrorCode.XML_DETAIL, '%s'),
  xmlInvalidSchema: withHead(ErrorCode.XML_INVALID_SCHEMA, 'XML document failed to validate against schema: %s'),
  systemError: withHead(ErrorCode.SYSTEM_ERROR, '%s'),
  noDomain: withHead(ErrorCode.NO_DOMAIN, 'Domain not found: %s'),
  noNetwork: withHead(ErrorCode.NO_NETWORK, 'Network not found: %s'),
  noInterface: withHead(ErrorCode.NO_INTERFACE, 'Interface not found: %s'),
  multipleInterfaces: withHead(ErrorCode.MULTIPLE_INTERFACES, 'multiple matching interfaces found: %s'),
  noSecret: withHead(ErrorCode.NO_SECRET, 'Secret not found: %s'),
  invalidSecret: withHead(ErrorCode.INVALID_SECRET, 'Invalid secret: %s'),
  noStoragePool: withHead(ErrorCode.NO_STORAGE_POOL, 'Storage pool not found: %s'),
  noStorageVol: withHead(ErrorCode.NO_STORAGE_VOL, 'Storage volume not found: %s'),
  invalidStorageVol: withHead(ErrorCode.INVALID_STORAGE_VOL, 'invalid storage volume pointer in %s'),
  storageVolExist: withHead(ErrorCode.STORAGE_VOL_EXIST, 'storage volume %s exists already'),
  noNodeDevice: withHead(ErrorCode.NO_NODE_DEVICE, 'Node device not found: %s'),
  parseFailed: withHead(ErrorCode.PARSE_FAILED, 'failed to parse configuration file %s'),
  noNwfilter: withHead(ErrorCode.NO_NWFILTER, 'Network filter not found: %s'),
  noNwfilterBinding: withHead(ErrorCode.NO_NWFILTER_BINDING, 'Network filter binding not found: %s'),
  networkPortExist: withHead(ErrorCode.NETWORK_PORT_EXIST, 'network port %s exists already'),
  noNetworkPort: withHead(ErrorCode.NO_NETWORK_PORT, 'network port not found: %s'),
  noNetworkMetadata: withHead(ErrorCode.NO_NETWORK_METADATA, 'metadata not found: %s'),
  invalidMac: withHead(ErrorCode.INVALID_MAC, 'invalid MAC address: %s'),
  noHostname: withHead(ErrorCode.NO_HOSTNAME, 'no hostname found: %s'),
  operationInvalid: withHead(ErrorCode.OPERATION_INVALID, 'Requested operation is not valid: %s'),
  operationTimeout: withHead(ErrorCode.OPERATION_TIMEOUT, 'Timed out during operation: %s'),
  operationUnsupported: withHead(ErrorCode.OPERATION_UNSUPPORTED, 'Operation not supported: %s'),
  configUnsupported: withHead(ErrorCode.CONFIG_UNSUPPORTED, 'unsupported configuration: %s'),
  argumentUnsupported: withHead(ErrorCode.ARGUMENT_UNSUPPORTED, 'argument unsupported: %s'),
  noDomainMetadata: withHead(ErrorCode.NO_DOMAIN_METADATA, 'metadata not found: %s'),
  authFailed: withHead(ErrorCode.AUTH_FAILED, 'authentication failed: %s'),
  authCancelled: withHead(ErrorCode.AUTH_CANCELLED, 'authentication cancelled: %s'),
  authUnavailable: withHead(ErrorCode.AUTH_UNAVAILABLE, 'authentication unavailable: %s'),
  accessDenied: withHead(ErrorCode.ACCESS_DENIED, 'access denied: %s'),
  agentUnresponsive: withHead(ErrorCode.AGENT_UNRESPONSIVE, 'Guest agent is not responding: %s'),
  noServer: withHead(ErrorCode.NO_SERVER, 'Server not found: %s'),
  noClient: withHead(ErrorCode.NO_CLIENT, 'Client not found: %s'),
  hookScriptFailed: withHead(ErrorCode.HOOK_SCRIPT_FAILED, 'Hook script execution failed: %s'),
} as const;
