import type { AuditKind, AuditTrail } from '../../drivers/contract/audit.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { AuditSocket } from '../../native/ffi/audit.ts';

/** The kernel's numbers (AUDIT_VIRT_*). */
const types: Readonly<Record<AuditKind, number>> = { control: 2500, resource: 2501, 'machine-id': 2502 };

export interface AuditSettings {
  /** 0 never, 1 where the host can, 2 always: or the daemon does not start. */
  readonly audit_level: number;
  /** To the log as well. */
  readonly audit_logging: boolean;
}

/** The host's audit, as libvirtd.conf wants it. */
export class Audit implements AuditTrail {
  readonly #socket: AuditSocket | null;
  readonly #log: Log;
  readonly #logging: boolean;

  /** Throws SystemCallError where audit is required and the kernel has none, or not for us. */
  constructor({ audit_level: level, audit_logging: logging }: AuditSettings, log: Log) {
    this.#log = log;
    this.#logging = logging;
    this.#socket = level === 0 ? null : this.#open(level > 1);
  }

  record(kind: AuditKind, fields: string, success: boolean): void {
    if (this.#logging) this.#log.info({}, `success=${success ? 'yes' : 'no'} ${fields}`);
    this.#socket?.record(types[kind], `${fields} ${origin} res=${success ? 'success' : 'failed'}`);
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #open(required: boolean): AuditSocket | null {
    let reported = false;
    try {
      return new AuditSocket(error => {
        // One line says it all: a host in which it fails once has it fail for every record.
        if (!reported) this.#log.warn({ error }, 'The audit of the host does not take a record');
        reported = true;
      });
    } catch (error) {
      if (required) throw error;
      this.#log.debug({ error }, 'The host has no audit');
      return null;
    }
  }
}

/** Who tells. What is in the path of a program needs no more care than that: it is ours. */
const origin = `exe="${process.execPath}" hostname=? addr=? terminal=?`;
