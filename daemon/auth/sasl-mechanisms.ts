import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Broken, or nearly: offered only to who names them (RFC 6331 on DIGEST-MD5). */
const weak = new Set(['DIGEST-MD5', 'CRAM-MD5', 'NTLM']);

/** Which mechanisms may be offered: those of `mech_list` in libvirt.conf or, where it has none, all that are not weak. */
export function offeredMechanisms(configDirectory: string): (mechanism: string) => boolean {
  const named = mechanismList(join(configDirectory, 'libvirt.conf'));
  return mechanism => {
    const name = mechanism.toUpperCase();
    return named === null ? !weak.has(name) : named.has(name);
  };
}

/** Those of a list that nobody should name any more. */
export const weakMechanisms = (offers: (mechanism: string) => boolean): string[] => [...weak].filter(offers);

function mechanismList(file: string): ReadonlySet<string> | null {
  if (!existsSync(file)) return null;
  const value = /^mech_list\s*:[ \t]*(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return value === undefined
    ? null
    : new Set(
        value
          .toUpperCase()
          .split(/[\s,]+/)
          .filter(Boolean),
      );
}
