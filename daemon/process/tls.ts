import type { Log } from '../../drivers/contract/log.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { DaemonSettings } from '../config/daemon-config.ts';
import { readTlsFiles } from '../tls/tls-files.ts';
import { TlsGate } from '../tls/tls-gate.ts';

export interface Tls {
  readonly gate: TlsGate;
  /** For the clients that come from now on. Throws what is wrong with the files, and keeps to those of before then. */
  readonly reread: () => void;
}

/** What lets clients in that come by TLS. Throws what is wrong with its files. */
export function createTls(paths: Paths, settings: DaemonSettings, log: Log): Tls {
  const gate = new TlsGate(
    readTlsFiles(paths, settings, log),
    {
      verify: !settings.tls_no_verify_certificate,
      allowedNames: settings.tls_allowed_dn_list,
      priority: settings.tls_priority,
    },
    log,
  );
  return { gate, reread: () => gate.use(readTlsFiles(paths, settings, log)) };
}
