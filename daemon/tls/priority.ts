import type { SecureVersion } from 'node:tls';

/** What a GnuTLS priority string means for node:tls. */
export interface TlsPolicy {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's names; null leaves them to Node. */
  readonly ciphers: string | null;
}

const versions: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** What the security levels leave of the ciphers; the other words for a level leave all that Node offers. */
const levels: Readonly<Record<string, string | null>> = {
  NORMAL: null,
  PERFORMANCE: null,
  SYSTEM: null,
  PFS: 'ECDHE:DHE:!aNULL:!eNULL',
  SECURE128: 'HIGH:!aNULL:!eNULL',
  SECURE192: 'AES256:CHACHA20:!aNULL:!eNULL',
  SECURE256: 'AES256:CHACHA20:!aNULL:!eNULL',
};

/**
 * Reads `tls_priority` ("NORMAL:-VERS-TLS1.3", "@LIBVIRT,SYSTEM", "SECURE256"). Versions before 1.2 are never offered: asking
 * for them changes nothing. Throws for what would leave something enabled that the administrator wants off, and for a
 * policy that leaves no version.
 */
export function tlsPolicy(priority: string | null): TlsPolicy {
  let ciphers: string | null = null;
  let enabled: readonly SecureVersion[] = versions;
  for (const word of (priority ?? 'NORMAL').split(':').filter(Boolean)) {
    const version = versionChange(word);
    if (version !== null) enabled = changed(enabled, version);
    else if (word.startsWith('@') || word.startsWith('%') || word.startsWith('+')) continue;
    else if (Object.hasOwn(levels, word)) ciphers = levels[word] ?? null;
    else throw new Error(`tls_priority: '${word}' cannot be honoured by this TLS library`);
  }
  const [minVersion, maxVersion = minVersion] = enabled;
  if (minVersion === undefined || maxVersion === undefined)
    throw new Error(`tls_priority: '${priority}' leaves no version of TLS`);
  return { minVersion, maxVersion, ciphers };
}

interface VersionChange {
  readonly enable: boolean;
  readonly versions: readonly SecureVersion[];
}

/** "-VERS-TLS1.3", "+VERS-ALL" */
function versionChange(word: string): VersionChange | null {
  const match = /^([-+!])VERS-(?:TLS(\d\.\d)|(?:TLS-)?(ALL))$/.exec(word);
  if (match === null) return null;
  const [, sign, number, all] = match;
  const named = versions.filter(version => all !== undefined || version === `TLSv${number}`);
  return { enable: sign === '+', versions: named };
}

const changed = (enabled: readonly SecureVersion[], change: VersionChange): readonly SecureVersion[] =>
  versions.filter(version => (change.versions.includes(version) ? change.enable : enabled.includes(version)));
