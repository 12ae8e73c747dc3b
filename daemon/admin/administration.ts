import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Connection } from '../rpc/connection.ts';
import type { Server } from '../rpc/server.ts';

/** The logs' settings, as texts of libvirtd.conf. */
export interface LogControl {
  readonly filters: string;
  readonly outputs: string;
  /** Throws what is wrong with the text, and changes nothing then. */
  setFilters(text: string): void;
  setOutputs(text: string): void;
}

/** What administrators see of the daemon, and may change while it runs. */
export interface Administration {
  /** By the names that virt-admin knows them by. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly logs: LogControl;
  /** Seconds without anything to do after which the daemon ends; 0 is never. */
  setIdleTimeout(seconds: number): void;
  /** Reads the certificates again; throws when they will not do. Null: there is no TLS. */
  readonly updateTls: (() => void) | null;
  /** The daemon ends in order; every domain goes on. */
  shutDown(): void;
}

/** Throws noServer. */
export function serverOf({ servers }: Administration, { name }: { name: string }): Server {
  const server = servers.get(name);
  if (server === undefined) throw errors.noServer(`No server named '${name}'`, ErrorDomain.ADMIN);
  return server;
}

/** Throws noServer and noClient. */
export function clientOf(
  administration: Administration,
  { srv, id }: { srv: { name: string }; id: bigint },
): Connection {
  const client = serverOf(administration, srv).clients.get(Number(id));
  if (client === undefined) throw errors.noClient(`No client with matching ID '${id}'`, ErrorDomain.ADMIN);
  return client;
}

/** No call of the program has flags yet, but for the daemon's shutdown. */
export function requireNoFlags(flags: number, caller: string): void {
  if (flags === 0) return;
  throw errors.invalidArg(`unsupported flags (0x${flags.toString(16)}) in function ${caller}`, ErrorDomain.ADMIN);
}
