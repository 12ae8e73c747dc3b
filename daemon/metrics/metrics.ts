import { join } from 'node:path';
import type { BulkStatistics } from '../../drivers/contract/bulk-statistics.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { Endpoint } from '../rpc/listener.ts';
import type { Server } from '../rpc/server.ts';
import { addressText, isLocal, type MetricsAddress } from './address.ts';
import { CallFigures } from './call-figures.ts';
import { Collector } from './collector.ts';
import { exposeDomains } from './domain-figures.ts';
import { MetricsEndpoint } from './http.ts';
import { ProcessFigures } from './process-figures.ts';
import { exposeServer } from './server-figures.ts';

export interface MetricsPlace {
  readonly address: MetricsAddress;
  /** A socket lies below it. */
  readonly root: string | null;
  /** Mode and group of a socket; null is the daemon's own. */
  readonly mode: number;
  readonly gid: number | null;
}

/** What the daemon and its domains are doing, for Prometheus and whoever reads its format. Loaded by daemons that serve it only. */
export class Metrics implements AsyncDisposable {
  /** Wants to be told of calls before anything is served. */
  readonly calls = new CallFigures();
  readonly #process = new ProcessFigures();
  readonly #log: Log;
  #endpoint: MetricsEndpoint | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Serves them. Throws when the socket cannot be made. */
  async serve(place: MetricsPlace, servers: Iterable<Server>, statistics: Partial<BulkStatistics>): Promise<void> {
    const all = [...servers];
    const collector = new Collector([
      into => this.#process.expose(into),
      into => this.calls.expose(into),
      into => all.forEach(server => exposeServer(into, server)),
      into => exposeDomains(into, statistics),
    ]);
    this.#endpoint = new MetricsEndpoint(format => collector.text(format), this.#log);
    await this.#endpoint.listen(endpointOf(place));
    const address = addressText(place.address);
    if (isLocal(place.address)) this.#log.info({ address }, 'Metrics are served');
    else
      this.#log.warn(
        { address },
        'Metrics are served to everybody who can reach the address, names of domains among them',
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint?.[Symbol.asyncDispose]();
    this.#process[Symbol.dispose]();
  }
}

function endpointOf({ address, root, mode, gid }: MetricsPlace): Endpoint {
  const common = { name: 'metrics', readOnly: true };
  if (address.kind === 'tcp') return { ...common, transport: 'tcp', host: address.host, port: address.port };
  return { ...common, path: root === null ? address.path : join(root, address.path), mode, gid };
}
