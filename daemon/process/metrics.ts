import type { Paths } from '../../drivers/contract/paths.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import type { Logs } from '../logging/logs.ts';
import type { Metrics, MetricsPlace } from '../metrics/metrics.ts';

/** Null when the configuration names no place to serve them: then nothing is measured, and none of the code is loaded. */
export async function createMetrics(
  place: MetricsPlace | null,
  logs: Logs,
  resources: AsyncDisposableStack,
): Promise<Metrics | null> {
  if (place === null) return null;
  const { Metrics } = await import('../metrics/metrics.ts');
  return resources.use(new Metrics(logs.logger('metrics')));
}

export function metricsPlace({ root }: Paths, { settings, socketGroup }: DaemonConfig): MetricsPlace | null {
  const { metrics_listen: address, metrics_sock_perms: mode } = settings;
  return address === null ? null : { address, root, mode, gid: socketGroup };
}
