import { existsSync, readFileSync } from 'node:fs';
import { ErrorDomain } from '../../../contract/constants.ts';
import type { SecurityLabel } from '../../../contract/domain.ts';
import { errors } from '../../../contract/error.ts';
import type { Init } from '../../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../../xml/domain/definition.ts';
import type { DomainLabel, SecurityDriver } from '../security-driver.ts';
import { loadProfile, removeProfile } from './load.ts';
import { profileText } from './profile.ts';

const ENABLED = '/sys/module/apparmor/parameters/enabled';
const PROFILES = '/sys/kernel/security/apparmor/profiles';

/** A label is a profile's name: one that the host has loaded, or one that is made for the domain and goes with it. */
export class AppArmor implements SecurityDriver {
  readonly model = { model: 'apparmor', doi: '0' } as const;

  static ofHost(): AppArmor | null {
    return existsSync(ENABLED) && readFileSync(ENABLED, 'utf8').startsWith('Y') ? new AppArmor() : null;
  }

  verify(label: string): void {
    const profiles = loadedProfiles();
    if (profiles !== null && !profiles.has(label))
      throw errors.xmlError(`Invalid security label '${label}'`, ErrorDomain.SECURITY);
  }

  generate({ uuid }: DomainDefinition): DomainLabel {
    const name = `libvirt-${uuid}`;
    return { label: name, imagelabel: name };
  }

  imageLabel(label: string): string {
    return label;
  }

  async apply(_: DomainDefinition, { label }: DomainLabel, dynamic: boolean): Promise<void> {
    if (dynamic) await loadProfile(label, profileText(label));
  }

  async withdraw(_: DomainDefinition, { label }: DomainLabel, dynamic: boolean): Promise<void> {
    if (dynamic) await removeProfile(label);
  }

  /** Profiles stay in the kernel. */
  keep(): void {}

  initLabel(label: string): Init['label'] {
    // Kernels that can have several security modules at once have a directory for each.
    const attribute = existsSync('/proc/self/attr/apparmor/exec') ? 'apparmor/exec' : 'exec';
    return { attribute, value: `exec ${label}` };
  }

  /** Files are known by their paths. */
  mountOptions(): [] {
    return [];
  }

  labelOf(pid: number): SecurityLabel {
    const directory = `/proc/${pid}/attr`;
    const file = existsSync(`${directory}/apparmor/current`) ? 'apparmor/current' : 'current';
    return parseCurrent(readFileSync(`${directory}/${file}`, 'utf8'));
  }
}

/** "NAME (enforce)", or "unconfined". */
export function parseCurrent(text: string): SecurityLabel {
  const [, label = '', mode] = /^(.*?)(?: \(([a-z]+)\))?\s*$/s.exec(text.replaceAll('\0', '')) ?? [];
  return { label, enforcing: mode === 'enforce' };
}

/** Their names; null where the kernel's list cannot be read. */
function loadedProfiles(): ReadonlySet<string> | null {
  if (!existsSync(PROFILES)) return null;
  return new Set(
    readFileSync(PROFILES, 'utf8')
      .split('\n')
      .map(line => parseCurrent(line).label),
  );
}
