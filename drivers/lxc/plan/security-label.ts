import { existsSync, readFileSync } from 'node:fs';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Init } from '../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/** Whether this host's kernel confines programs by AppArmor. */
function hasAppArmor(): boolean {
  const path = '/sys/module/apparmor/parameters/enabled';
  return existsSync(path) && readFileSync(path, 'utf8').startsWith('Y');
}

/**
 * The label that the container's program starts with: that of a static `<seclabel>`, an AppArmor profile that the host
 * has loaded. Null is none. Throws configUnsupported for a model that the host has not, or a profile that would have to
 * be made first.
 */
export function securityLabel({ seclabels }: DomainDefinition): Init['label'] {
  const wanted = seclabels.find(({ type, model }) => type !== 'none' && model !== 'none');
  if (wanted === undefined) return null;
  const { type, model, label } = wanted;
  if (model !== 'apparmor' || !hasAppArmor())
    throw errors.configUnsupported(`Security driver model '${model}' is not available`, ErrorDomain.SECURITY);
  if (type !== 'static' || label === null)
    throw errors.configUnsupported('AppArmor labels are static: name a profile of the host', ErrorDomain.SECURITY);
  return { attribute: existsSync('/proc/self/attr/apparmor/exec') ? 'apparmor/exec' : 'exec', value: `exec ${label}` };
}
