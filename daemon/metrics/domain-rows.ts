import type { Family } from './family.ts';
import { counter, gauge } from './family.ts';

/** How a figure of the statistics of domains becomes the value of a sample. */
type Scale = (value: number | bigint) => number | bigint;

const asIs: Scale = value => value;
const fromNanoseconds: Scale = value => Number(value) / 1e9;
const fromKibibytes: Scale = value => BigInt(value) * 1024n;

export interface Row {
  readonly family: Family;
  /** Behind those of the domain, and of its device. */
  readonly labels: string;
  readonly scale: Scale;
}

const row = (family: Family, scale: Scale = asIs, labels = ''): Row => ({ family, labels, scale });

const name = (rest: string): string => `lxvirtd_domain_${rest}`;

export const domainInfo = gauge(name('info'), 'Always 1: a domain and its UUID.', 'domain', 'uuid');
export const domainState = gauge(name('state'), '1 for the state that a domain is in, else 0.', 'domain', 'state');

const cpu = counter(name('cpu_seconds_total'), 'Time on CPUs.', 'domain');
const cpuMode = counter(name('cpu_mode_seconds_total'), 'Time on CPUs, by whose code ran.', 'domain', 'mode');
const tasks = gauge(name('tasks'), 'Processes and threads.', 'domain');
const memory = gauge(name('memory_usage_bytes'), 'Memory in use, caches among it.', 'domain');
const caches = gauge(name('memory_cache_bytes'), 'Of the memory in use: copies of files.', 'domain');
const memoryLimit = gauge(name('memory_limit_bytes'), 'Memory that it may use; absent without a limit.', 'domain');
const faults = counter(name('memory_faults_total'), 'Page faults; major ones had to read.', 'domain', 'type');
const pressure = counter(
  name('pressure_seconds_total'),
  'Time in which some, or all, of the tasks waited for a resource (PSI).',
  'domain',
  'resource',
  'share',
);
const ioFamilies = {
  'rd.bytes': counter(name('io_read_bytes_total'), 'Bytes read from all block devices.', 'domain'),
  'wr.bytes': counter(name('io_written_bytes_total'), 'Bytes written to all block devices.', 'domain'),
  'rd.reqs': counter(name('io_reads_total'), 'Requests to read from all block devices.', 'domain'),
  'wr.reqs': counter(name('io_writes_total'), 'Requests to write to all block devices.', 'domain'),
} as const;
const blockFamilies = {
  'rd.bytes': counter(name('block_read_bytes_total'), 'Bytes read from a disk or image.', 'domain', 'device'),
  'wr.bytes': counter(name('block_written_bytes_total'), 'Bytes written to a disk or image.', 'domain', 'device'),
  'rd.reqs': counter(name('block_reads_total'), 'Requests to read from a disk or image.', 'domain', 'device'),
  'wr.reqs': counter(name('block_writes_total'), 'Requests to write to a disk or image.', 'domain', 'device'),
  capacity: gauge(name('block_capacity_bytes'), 'Size of a disk or image.', 'domain', 'device'),
} as const;

const directions = { rx: ['receive', 'to'], tx: ['transmit', 'from'] } as const;
const netFigures = {
  bytes: ['bytes', 'Bytes'],
  pkts: ['packets', 'Packets'],
  errs: ['errors', 'Packets with errors'],
  drop: ['dropped', 'Packets dropped'],
} as const;

const netFamilies = new Map<string, Family>();
for (const [direction, [verb, way]] of Object.entries(directions))
  for (const [figure, [noun, what]] of Object.entries(netFigures))
    netFamilies.set(
      `${direction}.${figure}`,
      counter(name(`network_${verb}_${noun}_total`), `${what} on the way ${way} the domain.`, 'domain', 'device'),
    );

/** By the names of figures of a domain as a whole. */
export const domainRows: ReadonlyMap<string, Row> = new Map([
  ['cpu.time', row(cpu, fromNanoseconds)],
  ['cpu.user', row(cpuMode, fromNanoseconds, 'mode="user"')],
  ['cpu.system', row(cpuMode, fromNanoseconds, 'mode="system"')],
  ['cpu.tasks', row(tasks)],
  ['balloon.rss', row(memory, fromKibibytes)],
  ['balloon.disk_caches', row(caches, fromKibibytes)],
  ['balloon.available', row(memoryLimit, fromKibibytes)],
  ['balloon.major_fault', row(faults, asIs, 'type="major"')],
  ['balloon.minor_fault', row(faults, asIs, 'type="minor"')],
  ...(['cpu', 'memory', 'block'] as const).flatMap(group =>
    (['some', 'full'] as const).map((share): [string, Row] => [
      `${group}.pressure.${share}.total`,
      row(pressure, fromNanoseconds, `resource="${group === 'block' ? 'io' : group}",share="${share}"`),
    ]),
  ),
  ...Object.entries(ioFamilies).map(([figure, family]): [string, Row] => [`block.${figure}`, row(family)]),
]);

/** Of the numbered devices of a group, by the figure behind the number. */
export const deviceRows: ReadonlyMap<string, ReadonlyMap<string, Row>> = new Map([
  ['net', new Map([...netFamilies].map(([figure, family]) => [figure, row(family)]))],
  ['block', new Map(Object.entries(blockFamilies).map(([figure, family]) => [figure, row(family)]))],
]);

export const domainFamilies: readonly Family[] = [
  domainInfo,
  domainState,
  ...new Set(
    [...domainRows.values(), ...[...deviceRows.values()].flatMap(rows => [...rows.values()])].map(
      ({ family }) => family,
    ),
  ),
];
