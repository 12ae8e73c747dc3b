import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, type LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { SaslServer, type SaslAnswer } from '../../native/ffi/sasl.ts';
import { AuthType } from '../../protocol/programs/remote/auth.ts';
import type { Call, ClientSession } from '../call.ts';
import { DropLog } from '../rpc/drop-log.ts';
import type { TransportKind } from '../rpc/transport.ts';
import { isAllowed } from '../tls/distinguished-name.ts';
import type { AuthMethod } from './auth-method.ts';
import { BackOff, sourceOf } from './back-off.ts';
import { saslDemands } from './sasl-demands.ts';

export interface SaslSettings {
  /** sasl_allowed_username_list; null lets everybody in who has a password. */
  readonly allowedNames: readonly string[] | null;
  /** tcp_min_ssf */
  readonly tcpMinSsf: number;
  /** Whether clients are offered a mechanism. */
  offers(mechanism: string): boolean;
}

/** Attempts of one connection that may fail before it has to go. */
const MAX_FAILURES = 3;

/** By which the library knows its configuration, and Kerberos the daemon: "libvirt/host.example.org". */
const SERVICE = 'libvirt';

interface Candidate {
  server: SaslServer | null;
  failures: number;
  /** An attempt of it waits. */
  waits: boolean;
  /** An attempt has begun, and has come to no end. */
  started: boolean;
}

interface Data {
  readonly nil: number;
  readonly data: Uint8Array;
}

/**
 * SASL: authSaslInit tells the mechanisms, authSaslStart chooses one, and authSaslStep goes on until both sides are content. On a
 * connection that nothing else protects, all that follows the last reply goes through the mechanism's layer.
 */
export class SaslAuth implements AuthMethod {
  readonly #settings: SaslSettings;
  readonly #log: Log;
  readonly #failures: DropLog;
  readonly #backOff = new BackOff();
  readonly #candidates = new WeakMap<ClientSession, Candidate>();

  constructor(settings: SaslSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#failures = new DropLog(log, 'A client has not authenticated', 'More clients have not authenticated');
  }

  begin(): typeof AuthType.SASL {
    return AuthType.SASL;
  }

  readonly handlers = {
    authSaslInit: ({ client }: Call) => ({ mechlist: this.#init(client) }),
    authSaslStart: async (call: Call, { mech, ...data }: Data & { readonly mech: string }) => {
      await this.#takeTurn(call.client);
      return this.#attempt(call, server => this.#start(server, mech, dataOf(data)));
    },
    authSaslStep: (call: Call, data: Data) => this.#attempt(call, server => server.step(dataOf(data))),
  };

  #init(client: ClientSession): string {
    const candidate = this.#candidateOf(client);
    if (client.authenticated || candidate.server !== null) throw this.#fail(client, 'it initialises SASL twice');
    try {
      candidate.server = new SaslServer(SERVICE, saslDemands(client.transport.kind, this.#settings.tcpMinSsf));
      return this.#mechanisms(candidate.server).join(',');
    } catch (error) {
      throw this.#fail(client, textOf(error));
    }
  }

  /** Why nobody could authenticate over such a transport; null when somebody can. */
  problem(kind: TransportKind): string | null {
    try {
      using server = new SaslServer(SERVICE, saslDemands(kind, this.#settings.tcpMinSsf));
      this.#mechanisms(server);
      return null;
    } catch (error) {
      return textOf(error);
    }
  }

  /** Throws when there is none. */
  #mechanisms(server: SaslServer): string[] {
    const offered = server.mechanisms().filter(mechanism => this.#settings.offers(mechanism));
    if (offered.length === 0) throw new Error('no mechanism can be offered');
    return offered;
  }

  #start(server: SaslServer, mechanism: string, data: Buffer | null): SaslAnswer {
    if (!this.#settings.offers(mechanism)) throw new Error(`${JSON.stringify(mechanism)} was not offered`);
    return server.start(mechanism, data);
  }

  /** Waits as long as this client, and those at the same place, have to after their mistakes. */
  async #takeTurn(client: ClientSession): Promise<void> {
    const candidate = this.#candidateOf(client);
    if (candidate.waits || candidate.server === null) throw this.#fail(client, 'it starts SASL out of order');
    if (candidate.started) this.#backOff.failed(sourceFrom(client));
    const wait = this.#backOff.reserve(sourceFrom(client));
    if (wait === null) throw this.#fail(client, 'too many attempts wait');
    candidate.waits = true;
    try {
      if (wait > 0) await sleep(wait);
    } finally {
      candidate.waits = false;
    }
  }

  #attempt(call: Call, proceed: (server: SaslServer) => SaslAnswer) {
    const { client } = call;
    const candidate = this.#candidateOf(client);
    const { server, waits } = candidate;
    if (server === null || waits || client.authenticated) throw this.#fail(client, 'it goes on with SASL out of order');
    try {
      candidate.started = true;
      const { complete, data } = proceed(server);
      if (complete) this.#admit(call, server);
      candidate.started = !complete;
      return { complete: complete ? 1 : 0, nil: data === null ? 1 : 0, data: data ?? Buffer.alloc(0) };
    } catch (error) {
      this.#backOff.failed(sourceFrom(client));
      throw this.#fail(client, textOf(error));
    }
  }

  #admit(call: Call, server: SaslServer): void {
    const { client } = call;
    const { userName, ssf } = server;
    const { allowedNames, tcpMinSsf } = this.#settings;
    const layered = client.transport.kind === 'tcp';
    if (layered && ssf < tcpMinSsf) throw new Error(`a layer of strength ${ssf} is too weak`);
    if (allowedNames !== null && !isAllowed(userName, allowedNames))
      throw new Error(`sasl_allowed_username_list has no pattern for the name ${JSON.stringify(userName)}`);
    this.#backOff.succeeded(sourceFrom(client));
    this.#log.info(
      { client: client.id, address: client.transport.address, user: userName, ssf },
      'A client has authenticated',
    );
    if (layered) call.protect(server);
    client.authenticate(userName);
  }

  /** What the client is told is always the same; another attempt begins from the start. */
  #fail(client: ClientSession, reason: string): LibvirtError {
    const candidate = this.#candidateOf(client);
    this.#failures.tell({ client: client.id, pid: client.peer?.pid, address: client.transport.address, reason });
    if (!client.authenticated) this.#discard(candidate);
    candidate.failures += 1;
    if (candidate.failures >= MAX_FAILURES) client.close();
    return errors.authFailed('authentication failed', ErrorDomain.RPC);
  }

  #candidateOf(client: ClientSession): Candidate {
    const known = this.#candidates.get(client);
    if (known !== undefined) return known;
    const candidate: Candidate = { server: null, failures: 0, waits: false, started: false };
    this.#candidates.set(client, candidate);
    client.onClose(() => this.#left(client, candidate));
    return candidate;
  }

  /** Going in the middle of an attempt is no better than failing: passwords are costly to look at. */
  #left(client: ClientSession, candidate: Candidate): void {
    if (candidate.started) this.#backOff.failed(sourceFrom(client));
    this.#discard(candidate);
  }

  #discard(candidate: Candidate): void {
    candidate.started = false;
    candidate.server?.[Symbol.dispose]();
    candidate.server = null;
  }
}

const dataOf = ({ nil, data }: Data): Buffer | null => (nil === 0 ? Buffer.from(data) : null);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where attempts are counted: the user of a local client, the address of another. */
function sourceFrom({ peer, transport: { address } }: ClientSession): string {
  return peer === null ? sourceOf(address?.split(';')[0] ?? '') : `user ${peer.uid}`;
}
