/**
 * One client's negotiation by libsasl2, and the layer that comes of it. What may have to ask others (a directory, a daemon
 * that checks passwords, the name service) is done in a thread of libuv's, so that nobody else waits; one thing at a time.
 */
import { libc } from '../libc.ts';
import { copyOut, printable, SASL_OK, SaslError, saslLibrary, textAt, type SaslLibrary } from './library.ts';

const SASL_CONTINUE = 1;
const SASL_SUCCESS_DATA = 0x0004;
const SASL_USERNAME = 0;
const SASL_SSF = 1;
const SASL_MAXOUTBUF = 2;
const SASL_SSF_EXTERNAL = 100;
const SASL_SEC_PROPS = 101;
const SASL_SEC_NOPLAINTEXT = 0x0001;
const SASL_SEC_NOANONYMOUS = 0x0010;

/** Of the layer's packets, in bytes, both ways; libvirt's own. */
const MAX_BUFFER = 100_000;

/** What is asked of a mechanism. SSF is the strength of a layer as the length of its key, 1 being integrity alone. */
export interface SaslDemands {
  /** Of what protects the connection already, 0 for nothing. */
  readonly externalSsf: number;
  readonly minSsf: number;
  readonly maxSsf: number;
  /** Mechanisms that send passwords as they are will do. */
  readonly plaintext: boolean;
}

/** A step's outcome: what to tell the client, null being nothing at all, and whether that was the last of it. */
export interface SaslAnswer {
  readonly data: Buffer | null;
  readonly complete: boolean;
}

type Done = (error: unknown, code: number) => void;

const cExit: (status: number) => void = libc.func('void _exit(int status)');

/** Threads that are in the library. */
let atWork = 0;

/** Node waits for threads when it ends, and whoever checks passwords may never answer. */
function endWithoutThem(status: number): void {
  if (atWork > 0) cExit(status);
}

export class SaslServer implements Disposable {
  readonly #library: SaslLibrary;
  /** What the library answers into: an address, and a length or a number. Of this connection alone: others have their threads. */
  readonly #address = Buffer.alloc(8);
  readonly #length = Buffer.alloc(4);
  /** What the thread reads: it must stay until that is done. */
  #input: Buffer | null = null;
  #connection = 0n;
  /** A thread is in the library with the connection: nobody else may be. */
  #busy = false;
  #unwanted = false;
  /** The last step was not the last one. Stepping on in any other state takes the process down. */
  #goesOn = false;
  #maxOutput = MAX_BUFFER;

  private constructor() {
    this.#library = saslLibrary();
  }

  /** `service` is the daemon's name in Kerberos: "libvirt", of "libvirt/host.example.org". */
  static async create(service: string, demands: SaslDemands): Promise<SaslServer> {
    const server = new SaslServer();
    await server.#begin(service);
    try {
      server.#demand(demands);
    } catch (error) {
      server[Symbol.dispose]();
      throw error;
    }
    return server;
  }

  /** The library asks what this host's full name is. */
  async #begin(service: string): Promise<void> {
    const { create, text } = this.#library;
    const code = await this.#elsewhere(done =>
      create.async(service, null, null, null, null, null, SASL_SUCCESS_DATA, this.#address, done),
    );
    if (code !== SASL_OK) throw new SaslError(`sasl_server_new: ${text(code, null, null)}`);
    this.#connection = this.#address.readBigUInt64LE();
  }

  #demand({ externalSsf, minSsf, maxSsf, plaintext }: SaslDemands): void {
    const external = Buffer.alloc(4);
    external.writeUInt32LE(externalSsf);
    this.#check('sasl_setprop', this.#library.setProperty(this.#connection, SASL_SSF_EXTERNAL, external));
    const demands = Buffer.alloc(32);
    const flags = SASL_SEC_NOANONYMOUS | (plaintext ? 0 : SASL_SEC_NOPLAINTEXT);
    [minSsf, maxSsf, MAX_BUFFER, flags].forEach((value, index) => demands.writeUInt32LE(value, 4 * index));
    this.#check('sasl_setprop', this.#library.setProperty(this.#connection, SASL_SEC_PROPS, demands));
  }

  /** By their names; none is an error. */
  mechanisms(): string[] {
    const { mechanisms } = this.#library;
    this.#check('sasl_listmech', mechanisms(this.#open(), null, '', ',', '', this.#address, this.#length, null));
    return this.#answer().toString('latin1').split(',');
  }

  /** `data` null: the client has sent none, which is not the same as an empty piece. */
  async start(mechanism: string, data: Buffer | null): Promise<SaslAnswer> {
    const { start } = this.#library;
    const connection = this.#open();
    const size = this.#give(data);
    const code = await this.#elsewhere(done =>
      start.async(connection, mechanism, this.#input, size, this.#address, this.#length, done),
    );
    return this.#outcome('sasl_server_start', code);
  }

  /** After `start`, or a step, that was not the last one. */
  async step(data: Buffer | null): Promise<SaslAnswer> {
    if (!this.#goesOn) throw new SaslError('there is no negotiation to go on with');
    const { step } = this.#library;
    const connection = this.#open();
    const size = this.#give(data);
    const code = await this.#elsewhere(done =>
      step.async(connection, this.#input, size, this.#address, this.#length, done),
    );
    return this.#outcome('sasl_server_step', code);
  }

  /** Mechanisms may read up to a NUL behind the data. */
  #give(data: Buffer | null): number {
    this.#input = data === null ? null : Buffer.concat([data, Buffer.alloc(1)]);
    this.#goesOn = false;
    return data?.length ?? 0;
  }

  /** Runs a function of the library in another thread. A connection that is disposed of meanwhile goes when it is done. */
  async #elsewhere(start: (done: Done) => void): Promise<number> {
    if (!process.listeners('exit').includes(endWithoutThem)) process.on('exit', endWithoutThem);
    this.#busy = true;
    atWork += 1;
    try {
      return await new Promise<number>((resolve, reject) => {
        start((error, code) => (typeof code === 'number' ? resolve(code) : reject(new SaslError(String(error)))));
      });
    } finally {
      atWork -= 1;
      this.#busy = false;
      this.#input = null;
      if (this.#unwanted) this.#release();
    }
  }

  #outcome(what: string, code: number): SaslAnswer {
    if (this.#unwanted) throw new SaslError('the negotiation is over');
    if (code !== SASL_OK && code !== SASL_CONTINUE) throw this.#error(what);
    const complete = code === SASL_OK;
    const data = this.#address.readBigUInt64LE() === 0n ? null : this.#answer();
    this.#goesOn = !complete;
    if (complete) this.#limitOutput();
    return { data, complete };
  }

  #limitOutput(): void {
    const most = this.#number(SASL_MAXOUTBUF);
    if (most > 0) this.#maxOutput = Math.min(most, MAX_BUFFER);
  }

  /** Of the client that has authenticated. */
  get userName(): string {
    this.#check('sasl_getprop', this.#library.getProperty(this.#open(), SASL_USERNAME, this.#address));
    const text = this.#address.readBigUInt64LE();
    if (text === 0n) throw new SaslError('the client has no name');
    return textAt(text);
  }

  /** The strength of the layer, 0 when there is none. */
  get ssf(): number {
    return this.#number(SASL_SSF);
  }

  #number(property: number): number {
    this.#check('sasl_getprop', this.#library.getProperty(this.#open(), property, this.#address));
    const at = this.#address.readBigUInt64LE();
    return at === 0n ? 0 : copyOut(at, 4).readUInt32LE();
  }

  /** What goes out in the place of `bytes`. */
  encode(bytes: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += this.#maxOutput) {
      const piece = bytes.subarray(at, at + this.#maxOutput);
      const { encode } = this.#library;
      this.#check('sasl_encode', encode(this.#open(), piece, piece.length, this.#address, this.#length));
      pieces.push(this.#answer());
    }
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  }

  /** What has come in by `bytes`; a packet that is not complete stays in the library. */
  decode(bytes: Buffer): Buffer {
    const { decode } = this.#library;
    this.#check('sasl_decode', decode(this.#open(), bytes, bytes.length, this.#address, this.#length));
    return this.#answer();
  }

  #answer(): Buffer {
    return copyOut(this.#address.readBigUInt64LE(), this.#length.readUInt32LE());
  }

  #open(): bigint {
    if (this.#connection === 0n || this.#unwanted) throw new SaslError('the negotiation is over');
    if (this.#busy) throw new SaslError('the last step has not been answered yet');
    this.#address.fill(0);
    this.#length.fill(0);
    return this.#connection;
  }

  #check(what: string, code: number): void {
    if (code !== SASL_OK) throw this.#error(what);
  }

  #error(what: string): SaslError {
    return new SaslError(`${what}: ${printable(this.#library.detail(this.#connection))}`);
  }

  /** While a thread is at work with the connection, it goes as soon as that is done. */
  [Symbol.dispose](): void {
    this.#unwanted = true;
    if (!this.#busy) this.#release();
  }

  #release(): void {
    if (this.#connection === 0n) return;
    this.#address.writeBigUInt64LE(this.#connection);
    this.#library.dispose(this.#address);
    this.#connection = 0n;
  }
}
