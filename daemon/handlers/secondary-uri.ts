import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import { secondaryDrivers, type SecondaryDriver } from '../opened-driver.ts';

/** Scheme, host without a user or a port, and path. */
const syntax = /^([a-z]+):(?:\/\/(?:[^@/?#]*@)?([^:/?#]*)(?::\d*)?)?([^?#]*)/;

const isSecondary = (scheme: string): scheme is SecondaryDriver => Object.hasOwn(secondaryDrivers, scheme);

/**
 * The driver that a URI such as "network:///system" means; null: none of these. Throws internalError, as libvirt does, for
 * any other path than /system.
 */
export function secondaryOf(uri: string): SecondaryDriver | null {
  const [, scheme = '', host = '', path = ''] = syntax.exec(uri) ?? [];
  if (!isSecondary(scheme) || host !== '') return null;
  if (path === '/system') return scheme;
  const domain = scheme === 'nwfilter' ? ErrorDomain.NWFILTER : ErrorDomain.NONE;
  throw errors.internalError(`unexpected ${scheme} URI path '${path}', try ${scheme}:///system`, domain);
}
