import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Exposition } from './exposition.ts';
import { counter, gauge, summary } from './family.ts';
import { labels, labelValue } from './label.ts';

export const processFamilies = {
  build: gauge('lxvirtd_build_info', 'Always 1: what the daemon is.', 'version', 'libvirt_version', 'node_version'),
  cpu: counter('process_cpu_seconds_total', 'Time on CPUs, of the user and of the kernel.'),
  resident: gauge('process_resident_memory_bytes', 'Resident memory.'),
  started: gauge('process_start_time_seconds', 'When the daemon started, in seconds since the epoch.'),
  files: gauge('process_open_fds', 'Open file descriptors.'),
  filesLimit: gauge('process_max_fds', 'File descriptors that may be open.'),
  heap: gauge('lxvirtd_heap_used_bytes', 'Memory that objects of the program take.'),
  busy: counter('lxvirtd_event_loop_busy_seconds_total', 'Time in which the event loop was not waiting.'),
  lag: summary(
    'lxvirtd_event_loop_lag_seconds',
    'How late timers fire; quantiles are of the time since figures were collected last.',
  ),
} as const;

/** The libvirt whose protocol and answers are ours. */
const LIBVIRT_VERSION = '9.0.0';
/** Of looking at the loop, in ms: what wakes the process for it. */
const RESOLUTION = 50;
const QUANTILES = [0.5, 0.9, 0.99] as const;

/** The process itself. From its making until it is disposed of, the event loop is timed. */
export class ProcessFigures implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #build = buildLabels();
  #lagCount = 0;
  #lagSum = 0;

  constructor() {
    this.#delay.enable();
  }

  async expose(into: Exposition): Promise<void> {
    const { user, system } = process.cpuUsage();
    const [files, filesLimit] = [await readdir('/proc/self/fd'), await openFilesLimit()];
    into.add(processFamilies.build, this.#build, 1);
    into.add(processFamilies.cpu, '', (user + system) / 1e6);
    into.add(processFamilies.resident, '', process.memoryUsage.rss());
    into.add(processFamilies.started, '', performance.timeOrigin / 1000);
    // one of them is the directory's
    into.add(processFamilies.files, '', files.length - 1);
    if (filesLimit !== null) into.add(processFamilies.filesLimit, '', filesLimit);
    into.add(processFamilies.heap, '', process.memoryUsage().heapUsed);
    into.add(processFamilies.busy, '', performance.eventLoopUtilization().active / 1000);
    this.#exposeLag(into);
  }

  #exposeLag(into: Exposition): void {
    const { count, mean } = this.#delay;
    if (count > 0) {
      for (const quantile of QUANTILES)
        into.add(
          processFamilies.lag,
          labels({ quantile: String(quantile) }),
          late(this.#delay.percentile(quantile * 100)),
        );
      this.#lagCount += count;
      this.#lagSum += count * late(mean);
    }
    into.add(processFamilies.lag, '', this.#lagSum, '_sum');
    into.add(processFamilies.lag, '', this.#lagCount, '_count');
    this.#delay.reset();
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }
}

/** Nanoseconds between two looks at the loop, as seconds beyond what was to be between them. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1000);

async function openFilesLimit(): Promise<number | null> {
  const limit = /^Max open files +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? null : Number(limit);
}

function buildLabels(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const version = /"version": "([^"]*)"/.exec(text)?.[1] ?? 'unknown';
  return labels({
    version: labelValue(version),
    libvirt_version: LIBVIRT_VERSION,
    node_version: process.versions.node,
  });
}
