import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeQuietly } from '../../../native/ffi/libc.ts';
import { hasEnded, openPidfd, signalIf, signalPidfd } from '../../../native/ffi/pidfd.ts';
import { runTool, ToolError } from '../../../native/tools/run-tool.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { isMissing, removeFile, replaceFile } from '../../files/atomic-file.ts';
import type { DnsmasqConfiguration } from './dnsmasq-configuration.ts';
import type { DnsmasqFiles } from './dnsmasq-files.ts';

/** How long it may take to end, in ms, before it is killed. */
const END_LIMIT = 3_000;
const END_PAUSE = 5;

/** The dnsmasq of one network. It outlives the daemon, and is found again by the file that it was configured with. */
export class Dnsmasq {
  readonly #files: DnsmasqFiles;

  constructor(files: DnsmasqFiles) {
    this.#files = files;
  }

  /** Writes what it reads. The network's bridge may be made meanwhile. */
  async prepare({ configuration, hosts, names }: DnsmasqConfiguration): Promise<void> {
    const { directory, runDirectory, readAgain } = this.#files;
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    mkdirSync(runDirectory, { recursive: true, mode: 0o755 });
    await Promise.all([
      replaceFile(this.#files.configuration, configuration, false),
      ...this.#readAgain.map(async path => {
        await replaceFile(path, path === readAgain?.hosts ? hosts : names, false);
        chmodSync(path, 0o644);
      }),
    ]);
  }

  get #readAgain(): string[] {
    const { readAgain } = this.#files;
    return readAgain === null ? [] : [readAgain.hosts, readAgain.names];
  }

  /** Resolves when it serves. Throws internalError with what it says, operationUnsupported when the host has none. */
  async start(): Promise<void> {
    const command = ['dnsmasq', `--conf-file=${this.#files.configuration}`] as const;
    try {
      await runTool(command[0], command.slice(1));
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (error.code === 'ENOENT')
        throw errors.operationUnsupported(
          'the host has no dnsmasq, which serves addresses and names (package dnsmasq-base)',
          ErrorDomain.NETWORK,
          { cause: error },
        );
      throw errors.internalError(
        `Child process (${command.join(' ')}) unexpected ${error.code}: ${error.message}`,
        ErrorDomain.NETWORK,
        { cause: error },
      );
    }
  }

  /** Its pid; null when it does not run. */
  pid(): number | null {
    const pid = Number(readText(this.#files.pid)?.trim());
    return Number.isSafeInteger(pid) && pid > 1 && this.#isOurs(pid) ? pid : null;
  }

  /** Whoever has the pid now: only a dnsmasq that was told our file is ours. */
  readonly #isOurs = (pid: number): boolean => {
    const [program = '', ...args] = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
    return /(^|\/)dnsmasq$/.test(program) && args.includes(`--conf-file=${this.#files.configuration}`);
  };

  #signal(signal: number): boolean {
    const pid = this.pid();
    if (pid === null) return false;
    try {
      signalIf(pid, signal, this.#isOurs);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /**
   * Ends it, and waits until it has: its addresses are free then. The process itself is looked at, since it removes its file
   * with the pid, and loses its command line, before its sockets.
   */
  async stop(): Promise<void> {
    const pid = this.pid();
    if (pid === null) return;
    try {
      await this.#end(pid);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #end(pid: number): Promise<void> {
    const process = openPidfd(pid);
    try {
      if (!this.#isOurs(pid)) return;
      signalPidfd(process, constants.signals.SIGTERM);
      for (const deadline = performance.now() + END_LIMIT; !hasEnded(process); await sleep(END_PAUSE))
        if (performance.now() > deadline) signalPidfd(process, constants.signals.SIGKILL);
    } finally {
      closeQuietly(process);
    }
  }

  /** What runs is what is wanted: starts it, starts it anew, lets it read its files again, or leaves it alone. */
  async follow(wanted: DnsmasqConfiguration): Promise<void> {
    const texts = await Promise.all([this.#files.configuration, ...this.#readAgain].map(textOf));
    const runs = this.pid() !== null;
    const isSame = texts[0] === wanted.configuration;
    const isSameRead = texts.length === 1 || (texts[1] === wanted.hosts && texts[2] === wanted.names);
    if (runs && isSame && isSameRead) return;
    await this.prepare(wanted);
    if (runs && isSame && this.#signal(constants.signals.SIGHUP)) return;
    await this.stop();
    await this.start();
  }

  /** Ends it and removes its files; the leases stay for the next time. */
  async remove(): Promise<void> {
    await this.stop();
    const { configuration, pid } = this.#files;
    await Promise.all([configuration, pid, ...this.#readAgain].map(file => removeFile(file, false)));
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ESRCH';

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
