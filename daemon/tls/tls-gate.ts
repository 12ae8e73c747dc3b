import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Log } from '../../drivers/contract/log.ts';
import { addressOf, type Transport } from '../rpc/transport.ts';
import { distinguishedName, isAllowed } from './distinguished-name.ts';
import { tlsPolicy } from './priority.ts';
import { pump } from './pump.ts';
import type { TlsFiles } from './tls-files.ts';

export interface TlsSettings {
  /** Clients without a certificate of the authority may come in, too: who they are is found out otherwise. */
  readonly verify: boolean;
  /** Null lets every client in whom the authority knows. */
  readonly allowedNames: readonly string[] | null;
  /** tls_priority */
  readonly priority: string | null;
}

/** How long a handshake may take, in ms. */
const HANDSHAKE_MS = 10_000;

/** What a client waits for before its first call: its certificate was looked at and will do. */
const GO_AHEAD = Buffer.of(1);

type Waiter = (outcome: TLSSocket | Error) => void;

/** The handshake with each client, and whether its certificate lets it in. New files hold for those that come next. */
export class TlsGate {
  readonly #settings: TlsSettings;
  readonly #server: TlsServer;
  readonly #waiters = new WeakMap<object, Waiter>();
  readonly #log: Log;

  /** Throws for a policy that cannot be honoured, and for files that are no certificates. */
  constructor(files: TlsFiles, settings: TlsSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#server = createServer({
      ...this.#context(files),
      requestCert: true,
      // Looked at below, where there are more rules than one.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#server.on('secureConnection', socket => this.#settle(socket, socket));
    this.#server.on('tlsClientError', (error, socket) => this.#settle(socket, error));
  }

  /** Throws when they cannot be used; the old ones then stay in use. */
  use(files: TlsFiles): void {
    this.#server.setSecureContext(this.#context(files));
  }

  /** Resolves when the client may make its calls. Rejects, the connection being gone, when it may not. */
  async admit(socket: Socket): Promise<Transport> {
    const address = addressOf(socket);
    const secured = await this.#handshake(socket);
    try {
      const x509Name = this.#nameOf(secured);
      secured.write(GO_AHEAD);
      return { kind: 'tls', peer: null, address, x509Name, fd: null, open: sink => pump(secured, sink) };
    } catch (error) {
      // With an end that TLS knows of, clients say that the server has not verified their certificate; else, that reading failed.
      secured.destroySoon();
      throw error;
    }
  }

  #context({ ca, cert, key, crl }: TlsFiles): SecureContextOptions {
    const { minVersion, maxVersion, ciphers } = tlsPolicy(this.#settings.priority);
    return {
      ca,
      cert,
      key,
      minVersion,
      maxVersion,
      honorCipherOrder: true,
      // A session that is resumed shows no certificate: nothing would tell that it has expired or been revoked meanwhile. And
      // whoever may shake hands again may do so as another one, or all the time; Node's `disableRenegotiation` only tells of it.
      secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
      ...(crl === null ? {} : { crl }),
      ...(ciphers === null ? {} : { ciphers }),
    };
  }

  #handshake(socket: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const settled = (outcome: TLSSocket | Error): void => {
        if (outcome instanceof Error) {
          socket.destroy();
          reject(outcome);
        } else resolve(outcome);
      };
      // The TLS server tells of sockets of its own, which know the one that they are around.
      this.#waiters.set(socket, settled);
      socket.once('close', () => reject(new Error('the client has left during the handshake')));
      this.#server.emit('connection', socket);
    });
  }

  #settle(secured: TLSSocket, outcome: TLSSocket | Error): void {
    const raw: unknown = Reflect.get(secured, '_parent');
    const waiter = typeof raw === 'object' && raw !== null ? this.#waiters.get(raw) : undefined;
    if (waiter !== undefined) return waiter(outcome);
    this.#log.error({}, 'A TLS connection that nobody waits for');
    secured.destroy();
  }

  /** The name in the client's certificate; null when it has none and needs none. Throws when it may not come in. */
  #nameOf(socket: TLSSocket): string | null {
    const { verify, allowedNames } = this.#settings;
    if (verify && !socket.authorized)
      throw new Error(`its certificate is not accepted: ${String(socket.authorizationError)}`);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      // Not left to `authorized`, which is also true of what OpenSSL takes for a key that both sides know.
      if (verify) throw new Error('it has shown no certificate');
      return null;
    }
    const name = distinguishedName(certificate);
    if (verify && allowedNames !== null && !isAllowed(name, allowedNames))
      throw new Error(`tls_allowed_dn_list has no pattern for its name '${name}'`);
    return name;
  }
}
