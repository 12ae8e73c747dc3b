import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPair } from '../../certs/check-pair.ts';
import { pkiPlaces } from '../../certs/places.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { DaemonSettings } from '../config/daemon-config.ts';

/** What TLS needs, as PEM. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl: string | null;
}

/** The places of the files: the configuration's, or libvirt's own. With --root they lie below it. */
function tlsPlaces({ root }: Paths, settings: DaemonSettings) {
  const standard = pkiPlaces(root ?? '/');
  const configured = (path: string | null, fallback: string): string =>
    path === null || path === '' ? fallback : join(root ?? '/', path);
  return {
    ca: configured(settings.ca_file, standard.authority.certificate),
    cert: configured(settings.cert_file, standard.server.certificate),
    key: configured(settings.key_file, standard.server.key),
    crl: configured(settings.crl_file, standard.authority.revocationList),
    /** Without being asked for a list is read only where there is one. */
    crlRequired: settings.crl_file !== null && settings.crl_file !== '',
  };
}

/** Reads and checks them. Throws with what is wrong and what to do. */
export function readTlsFiles(paths: Paths, settings: DaemonSettings, log: Log): TlsFiles {
  const places = tlsPlaces(paths, settings);
  const files: TlsFiles = {
    ca: read(places.ca, 'CA certificate'),
    cert: read(places.cert, 'server certificate'),
    key: read(places.key, 'private key'),
    crl: places.crlRequired || existsSync(places.crl) ? read(places.crl, 'certificate revocation list') : null,
  };
  if (settings.tls_no_sanity_certificate) return files;
  const pair = { certificate: places.cert, key: places.key, authority: places.ca, use: 'server', hosts: [] } as const;
  const problems = checkPair(pair);
  for (const { text } of problems) log.warn({}, `TLS: ${text}`);
  const fatal = problems.find(({ severity }) => severity === 'error');
  if (fatal !== undefined) throw new Error(`TLS: ${fatal.text}`);
  return files;
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `TLS: Cannot read ${what} '${path}': ${reason}. Make one with 'lxvirtd-pki', or set listen_tls = 0`,
      { cause },
    );
  }
}
