import { readFile } from 'node:fs/promises';
import { REMOTE_PROGRAM } from '../harness/raw-client.ts';

/** What libvirt's own client library writes down about the messages that it sends. */
export interface Trace {
  /** Set for a client, it makes its library write. */
  readonly environment: Readonly<Record<string, string>>;
  /** The procedures of the remote program that were called by all clients so far. */
  procedures(): Promise<ReadonlySet<number>>;
}

export function openTrace(file: string): Trace {
  return {
    environment: { LIBVIRT_LOG_FILTERS: '2:rpc.netclient', LIBVIRT_LOG_OUTPUTS: `2:file:${file}` },
    async procedures() {
      const text = await readFile(file, 'utf8');
      // Type 0 is a call, type 4 one with file descriptors.
      const calls = text.matchAll(/MSG_TX_QUEUE: .* prog=(\d+) vers=1 proc=(\d+) type=[04] /g);
      return new Set(
        [...calls].filter(([, program]) => Number(program) === REMOTE_PROGRAM).map(call => Number(call[2])),
      );
    },
  };
}
