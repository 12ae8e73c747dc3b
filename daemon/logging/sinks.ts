/** The four places that log_outputs can name. */
import pino from 'pino';
import { DatagramSender } from '../../native/ffi/socket-messages.ts';
import type { Output } from './outputs.ts';
import { priorityNames } from './priority.ts';
import type { LogRecord } from './text.ts';
import { escape, formatLine, sentence } from './text.ts';

/** A sink never throws and never waits for a reader: a log that cannot be written must not stop the daemon. */
export interface Sink {
  write(record: LogRecord): void;
  /** After the file was moved away. */
  reopen(): void;
  close(): void;
}

/** Where the host's log daemons listen. */
export interface LogSockets {
  readonly syslog: string;
  readonly journald: string;
}

export const hostLogSockets: LogSockets = { syslog: '/dev/log', journald: '/run/systemd/journal/socket' };

const STDERR = 2;

/** Throws when a file cannot be opened. */
export function openSink(output: Output, identifier: string, sockets: LogSockets): Sink {
  if (output.kind === 'file') return streamSink(output.path);
  if (output.kind === 'syslog')
    return datagramSink(sockets.syslog, record => syslogDatagram(record, output.identifier));
  if (output.kind === 'journald') return datagramSink(sockets.journald, record => journalDatagram(record, identifier));
  return streamSink(STDERR);
}

function streamSink(destination: number | string): Sink {
  const stream = pino.destination({ dest: destination, sync: true, mode: 0o600 });
  stream.on('error', () => {});
  return {
    write: record => void stream.write(formatLine(record, process.pid)),
    reopen: () => void (typeof destination === 'string' && stream.reopen()),
    close: () => void (typeof destination === 'string' && stream.destroy()),
  };
}

function datagramSink(path: string, format: (record: LogRecord) => string): Sink {
  const sender = new DatagramSender(path);
  return {
    write(record) {
      try {
        sender.send(Buffer.from(format(record)));
      } catch {
        // Nobody listens, or not fast enough: the message is lost.
      }
    },
    reopen() {},
    close: () => sender[Symbol.dispose](),
  };
}

const FACILITY_DAEMON = 3;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 3164, as syslog(3) of the C library writes it; the time is local. */
function syslogDatagram(record: LogRecord, identifier: string): string {
  const { time } = record;
  const day = `${MONTHS[time.getMonth()]} ${String(time.getDate()).padStart(2)}`;
  const number = FACILITY_DAEMON * 8 + priorityNames[record.priority].severity;
  return `<${number}>${day} ${time.toTimeString().slice(0, 8)} ${identifier}[${process.pid}]: ${sentence(record)}`;
}

/** journald's native protocol: FIELD=value lines; none of our values has a line break left in it. */
function journalDatagram(record: LogRecord, identifier: string): string {
  const { request } = record.facts;
  const fields = {
    MESSAGE: sentence(record),
    PRIORITY: priorityNames[record.priority].severity,
    SYSLOG_FACILITY: FACILITY_DAEMON,
    SYSLOG_IDENTIFIER: identifier,
    LIBVIRT_SOURCE: record.source,
    ...(typeof request === 'string' ? { LXVIRTD_REQUEST: escape(request) } : {}),
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
