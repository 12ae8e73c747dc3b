import { join } from 'node:path';
import type { Log } from '../../drivers/contract/log.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import { initSasl } from '../../native/ffi/sasl/library.ts';
import { SaslAuth } from '../auth/sasl.ts';
import { offeredMechanisms, weakMechanisms } from '../auth/sasl-mechanisms.ts';
import type { DaemonSettings } from '../config/daemon-config.ts';
import type { TransportKind } from '../rpc/transport.ts';

/**
 * How clients of some kinds of sockets authenticate by SASL. As libvirtd does, it reads libsasl2's configuration once, when
 * the daemon starts. Throws with what to do where there is no libsasl2.
 */
export async function createSaslAuth(
  paths: Paths,
  settings: DaemonSettings,
  transports: readonly TransportKind[],
  log: Log,
): Promise<SaslAuth> {
  const directory = process.env['SASL_CONF_PATH'] ?? join(paths.root ?? '/', 'etc/sasl2');
  try {
    initSasl('libvirt', directory, (level, text) => {
      if (level === 'error') log.warn({}, `SASL: ${text}`);
      else log.debug({}, `SASL: ${text}`);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `SASL: ${reason}. Install libsasl2 (Debian: libsasl2-2, libsasl2-modules), or set the auth_* of libvirtd.conf to 'none'`,
      { cause },
    );
  }
  const offers = offeredMechanisms(directory);
  for (const name of weakMechanisms(offers))
    log.warn({}, `SASL: ${directory}/libvirt.conf offers ${name}, which is weak`);
  const auth = new SaslAuth(
    { allowedNames: settings.sasl_allowed_username_list, tcpMinSsf: settings.tcp_min_ssf, offers },
    log,
  );
  for (const kind of new Set(transports)) {
    const problem = await auth.problem(kind);
    if (problem !== null)
      log.warn(
        {},
        `SASL: nobody can authenticate over ${kind}: ${problem}. See mech_list in ${directory}/libvirt.conf`,
      );
  }
  return auth;
}
