import type { Duplex } from 'node:stream';
import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import { closeQuietly } from '../../native/ffi/libc.ts';
import type { Header } from '../../protocol/header.ts';
import { FDS_MAX } from '../../protocol/limits.ts';
import type { Call, ClientSession } from '../call.ts';
import type { Route } from './programs.ts';

export const NO_FILES: readonly number[] = [];

/** One call between its message and its reply, with everything that it owns meanwhile. */
export class RunningCall implements Call {
  readonly client: ClientSession;
  readonly header: Header;
  readonly route: Route;
  #received: readonly number[];
  #replied: readonly number[] = NO_FILES;
  #channel: Duplex | null = null;

  constructor(client: ClientSession, header: Header, route: Route, received: readonly number[]) {
    this.client = client;
    this.header = header;
    this.route = route;
    this.#received = received;
  }

  get repliedFiles(): readonly number[] {
    return this.#replied;
  }

  get channel(): Duplex | null {
    return this.#channel;
  }

  takeFiles(): number[] {
    const files = [...this.#received];
    this.#received = NO_FILES;
    return files;
  }

  replyFiles(files: readonly number[]): void {
    this.#replied = [...this.#replied, ...files];
    if (this.#replied.length > FDS_MAX) throw new RangeError(`More than ${FDS_MAX} descriptors in a reply`);
    if (this.client.peer !== null) return;
    const text = 'FD passing is not supported by this connection';
    throw new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.RPC, text, { str1: '%s', str2: text });
  }

  openStream(channel: Duplex): void {
    if (this.#channel !== null) throw new Error('A call opens one stream');
    // Whatever befalls it before the reply is found when the stream starts.
    channel.on('error', ignore);
    this.#channel = channel;
  }

  /** Hands the descriptors of the reply over: they are no longer the call's. */
  takeReplyFiles(): readonly number[] {
    const files = this.#replied;
    this.#replied = NO_FILES;
    return files;
  }

  /** Forgets the channel: it is no longer the call's. */
  releaseChannel(): void {
    this.#channel = null;
  }

  /** Ends what is still the call's. */
  [Symbol.dispose](): void {
    if (this.#received.length > 0) this.#received.forEach(closeQuietly);
    if (this.#replied.length > 0) this.#replied.forEach(closeQuietly);
    this.#channel?.destroy();
    this.#received = NO_FILES;
    this.#replied = NO_FILES;
    this.#channel = null;
  }
}

const ignore = (): void => {};
