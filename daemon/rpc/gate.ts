import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, type LibvirtError } from '../../drivers/contract/error.ts';
import { readOnlyAllows } from '../../protocol/procedure.ts';
import type { ClientSession } from '../call.ts';
import { secondaryDrivers, type SecondaryDriver } from '../opened-driver.ts';
import { apiErrorDomain, apiName } from './api-name.ts';
import { rpcError } from './failure.ts';
import type { Route } from './programs.ts';

/** connectSupportsFeature's number of "program keepalive", the one feature that is asked for before connectOpen. */
const FEATURE_KEEPALIVE = 10;

/** What an authenticated client may call before it has opened the connection, beside authenticating. */
const beforeOpen: ReadonlySet<string> = new Set(['connectOpen', 'connectClose', 'connectSupportsFeature']);

/** What the connection itself answers, whatever driver was opened. */
const ofConnection: ReadonlySet<string> = new Set([
  ...beforeOpen,
  'connectGetLibVersion',
  'connectGetType',
  'connectGetUri',
  'connectIsSecure',
  'connectRegisterCloseCallback',
  'connectSetIdentity',
  'connectUnregisterCloseCallback',
]);

/** Calls that a driver answers beside those of its part of the public API. */
const ofDriver: Readonly<Record<string, SecondaryDriver>> = { connectGetCapabilities: 'storage' };

/** Objects whose errors speak of the hypervisor's connection; the others have one of their own. */
const ofHypervisor: ReadonlySet<ErrorDomain> = new Set([
  ErrorDomain.NONE,
  ErrorDomain.DOMAIN,
  ErrorDomain.DOMAIN_SNAPSHOT,
  ErrorDomain.DOMAIN_CHECKPOINT,
]);

/** Throws unless the client may make this call at all; asked before its arguments are looked at. */
export function requireAuthenticated(client: ClientSession, { procedure }: Route): void {
  if (!client.authenticated && procedure.beforeAuth !== true) throw rpcError('authentication required');
}

/** Throws unless the client may make this call with these arguments, in the state that it is in. */
export function requireAllowed(client: ClientSession, route: Route, args: unknown): void {
  if ((!client.opened && !mayPrecedeOpen(route, args)) || isOfAnother(client, route)) throw notOpen(route);
  if (client.readOnly && !readOnlyAllows(route.procedure.readOnly, args)) throw readOnlyDenied(route);
}

const secondaryDomains: ReadonlySet<ErrorDomain> = new Set(Object.values(secondaryDrivers));

/** Whether the driver that the client has opened has the function. */
export function isOffered({ driver }: ClientSession, route: Route): boolean {
  const { name, procedure } = route;
  if (driver === null || procedure.beforeAuth === true || ofConnection.has(name)) return true;
  return apiErrorDomain(route) === secondaryDrivers[driver] || ofDriver[name] === driver;
}

/** Where libvirt has a daemon for each driver, those of the others have connections that are never opened there. */
const isOfAnother = (client: ClientSession, route: Route): boolean =>
  client.opens !== null && !isOffered(client, route) && secondaryDomains.has(apiErrorDomain(route));

function mayPrecedeOpen({ procedure, name }: Route, args: unknown): boolean {
  if (procedure.beforeAuth === true) return true;
  if (!beforeOpen.has(name)) return false;
  return name !== 'connectSupportsFeature' || asksForKeepalive(args);
}

const asksForKeepalive = (args: unknown): boolean =>
  typeof args === 'object' && args !== null && 'feature' in args && args.feature === FEATURE_KEEPALIVE;

function notOpen(route: Route): LibvirtError {
  const which = ofHypervisor.has(apiErrorDomain(route)) ? 'hypervisor connection' : 'connection';
  return errors.internalError(`${which} not open`, ErrorDomain.RPC);
}

/** Asking for secrets is denied in other words than changing something. */
function readOnlyDenied(route: Route): LibvirtError {
  const { readOnly } = route.procedure;
  const secret = typeof readOnly === 'object' && route.name.endsWith('XmlDesc');
  const detail = secret ? `${apiName(route)} with secure flag` : `read only access prevents ${apiName(route)}`;
  return errors.operationDenied(detail, apiErrorDomain(route));
}

/** No driver has the function. */
export const notSupported = (route: Route): LibvirtError => errors.noSupport(apiName(route), apiErrorDomain(route));
