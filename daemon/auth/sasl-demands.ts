import type { SaslDemands } from '../../native/ffi/sasl/server.ts';
import type { TransportKind } from '../rpc/transport.ts';

/** What every cipher that TLS has here is worth at least, in bits of its key. */
const TLS_SSF = 128;
/** More than any mechanism has. */
const MAX_SSF = 100_000;

/**
 * What mechanisms have to give. Over TCP they must protect all that follows, and must not show the password; where
 * something protects the connection already, they only have to tell who the client is, and put no layer of theirs above.
 * Nobody is let in without a name.
 */
export const saslDemands = (kind: TransportKind, tcpMinSsf: number): SaslDemands =>
  kind === 'tcp'
    ? { externalSsf: 0, minSsf: tcpMinSsf, maxSsf: MAX_SSF, plaintext: false }
    : { externalSsf: TLS_SSF, minSsf: 0, maxSsf: 0, plaintext: true };
