import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { AppArmor } from './apparmor/apparmor.ts';
import type { SecurityDriver } from './security-driver.ts';
import { SELinux } from './selinux/selinux.ts';

/** In the order in which libvirt asks for them; null where the kernel does not confine by one. */
const detect: Readonly<Record<string, () => SecurityDriver | null>> = {
  selinux: () => SELinux.ofHost(),
  apparmor: () => AppArmor.ofHost(),
};

/**
 * The driver of that name, null for "none"; without a name the first that the host has. Throws configUnsupported for one
 * that the host has not, internalError for one that nobody has.
 */
export function chooseSecurityDriver(name: string | null): SecurityDriver | null {
  if (name === 'none') return null;
  if (name === null) return firstOfHost();
  const detected = Object.hasOwn(detect, name) ? detect[name]?.() : undefined;
  if (detected === undefined) throw errors.internalError(`Security driver ${name} not found`, ErrorDomain.SECURITY);
  if (detected === null) throw errors.configUnsupported(`Security driver ${name} not enabled`, ErrorDomain.SECURITY);
  return detected;
}

function firstOfHost(): SecurityDriver | null {
  for (const ofHost of Object.values(detect)) {
    const driver = ofHost();
    if (driver !== null) return driver;
  }
  return null;
}
