import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, type LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { SaslServer, type SaslAnswer } from '../../native/ffi/sasl/server.ts';
import { AuthType } from '../../protocol/programs/remote/auth.ts';
import type { Call, ClientSession } from '../call.ts';
import { DropLog } from '../rpc/drop-log.ts';
import type { TransportKind } from '../rpc/transport.ts';
import { isAllowed } from '../tls/distinguished-name.ts';
import type { AuthMethod } from './auth-method.ts';
import { sourceOf } from '../rpc/source.ts';
import { BackOff } from './back-off.ts';
import { saslDemands } from './sasl-demands.ts';
import { Turns } from './turns.ts';

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

/** Steps that threads are at work with. They may take long, and others want libuv's four threads as well. */
const STEPS_AT_ONCE = 2;

interface Candidate {
  server: SaslServer | null;
  failures: number;
  /** A call of it has not been answered: it waits for its turn, or a thread is at work with it. */
  busy: boolean;
  /** An attempt has begun, and has come to no end. */
  started: boolean;
  gone: boolean;
}

interface Data {
  readonly nil: number;
  readonly data: Uint8Array;
}

type Reply = Data & { readonly complete: number };

/**
 * SASL: authSaslInit tells the mechanisms, authSaslStart chooses one, and authSaslStep goes on until both sides are content. On a
 * connection that nothing else protects, all that follows the last reply goes through the mechanism's layer.
 */
export class SaslAuth implements AuthMethod {
  readonly #settings: SaslSettings;
  readonly #log: Log;
  readonly #failures: DropLog;
  readonly #backOff = new BackOff();
  readonly #turns = new Turns(STEPS_AT_ONCE);
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
    authSaslInit: ({ client }: Call) => this.#init(client),
    authSaslStart: (call: Call, { mech, ...data }: Data & { readonly mech: string }) =>
      this.#start(call, mech, dataOf(data)),
    authSaslStep: (call: Call, data: Data) =>
      this.#alone(call.client, candidate => this.#proceed(call, candidate, server => server.step(dataOf(data)))),
  };

  #init(client: ClientSession): Promise<{ readonly mechlist: string }> {
    return this.#alone(client, async candidate => {
      if (candidate.server !== null) throw new Error('it initialises SASL twice');
      const server = await this.#inTurn(client, () => this.#begin(client.transport.kind));
      candidate.server = server;
      if (candidate.gone) this.#discard(candidate);
      return { mechlist: this.#mechanisms(server).join(',') };
    });
  }

  #begin(kind: TransportKind): Promise<SaslServer> {
    return SaslServer.create(SERVICE, saslDemands(kind, this.#settings.tcpMinSsf));
  }

  /** Why nobody could authenticate over such a transport; null when somebody can. */
  async problem(kind: TransportKind): Promise<string | null> {
    try {
      using server = await this.#begin(kind);
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

  #start(call: Call, mechanism: string, data: Buffer | null): Promise<Reply> {
    const { client } = call;
    return this.#alone(client, async candidate => {
      if (candidate.server === null) throw new Error('it starts SASL out of order');
      if (candidate.started) this.#backOff.failed(sourceFrom(client));
      const wait = this.#backOff.reserve(sourceFrom(client));
      if (wait === null) throw new Error('too many attempts wait');
      if (wait > 0) await sleep(wait);
      return this.#proceed(call, candidate, async server => {
        if (!this.#settings.offers(mechanism)) throw new Error(`${JSON.stringify(mechanism)} was not offered`);
        return server.start(mechanism, data);
      });
    });
  }

  /** Does one thing of a client's: another call meanwhile is out of order, and ends what is going on. */
  async #alone<T>(client: ClientSession, work: (candidate: Candidate) => Promise<T>): Promise<T> {
    const candidate = this.#candidateOf(client);
    if (candidate.busy || client.authenticated) throw this.#fail(client, 'it goes on with SASL out of order');
    candidate.busy = true;
    try {
      return await work(candidate);
    } catch (error) {
      throw this.#fail(client, textOf(error));
    } finally {
      candidate.busy = false;
    }
  }

  /** What is for others to answer, which may take long: not while too many others wait for theirs. */
  #inTurn<T>(client: ClientSession, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(sourceFrom(client), left => client.onClose(left), work);
  }

  async #proceed(call: Call, candidate: Candidate, step: (server: SaslServer) => Promise<SaslAnswer>): Promise<Reply> {
    const { server } = candidate;
    if (server === null) throw new Error('it goes on with SASL out of order');
    candidate.started = true;
    try {
      const { complete, data } = await this.#inTurn(call.client, () => step(server));
      if (candidate.server !== server) throw new Error('it went on before it was answered');
      if (complete) this.#admit(call, server);
      candidate.started = !complete;
      return { complete: complete ? 1 : 0, nil: data === null ? 1 : 0, data: data ?? Buffer.alloc(0) };
    } catch (error) {
      if (!candidate.gone) this.#backOff.failed(sourceFrom(call.client));
      throw error;
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
    const candidate: Candidate = { server: null, failures: 0, busy: false, started: false, gone: false };
    this.#candidates.set(client, candidate);
    client.onClose(() => this.#left(client, candidate));
    return candidate;
  }

  /** Going in the middle of an attempt is no better than failing: passwords are costly to look at. */
  #left(client: ClientSession, candidate: Candidate): void {
    candidate.gone = true;
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

/** Where attempts are counted. */
const sourceFrom = ({ peer, transport }: ClientSession): string => sourceOf(peer, transport.address);
