import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { families } from '../daemon/metrics/families.ts';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

/** Prometheus itself, and its promtool, read what the daemon tells while containers come and go. */
let host: Host;
let root: string;

/** Nobody else is in the network namespace of the test. */
const ADDRESS = '127.0.0.1:9177';
/** What a label, a line of the format or a terminal might trip over. */
const HOSTILE = String.raw`a"} 1 \n{b="` + '\u009b2J';

test.before(async () => {
  host = await openHost({
    async prepare(root) {
      await mkdir(join(root, 'etc/libvirt'), { recursive: true });
      await writeFile(join(root, 'etc/libvirt/libvirtd.conf'), `metrics_listen = "${ADDRESS}"\n`);
    },
    options: ['--verbose'],
  });
  root = await busyboxRoot(join(host.directory, 'root'));
  await host.sandbox.mustRun('ip', ['link', 'add', 'br0', 'type', 'bridge']);
  for (const name of ['web', HOSTILE]) await host.define(documentOf(name));
  await host.mustVirsh('start', 'web');
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const xmlText = (text: string): string => text.replaceAll('"', '&quot;').replaceAll('\u009b', '&#x9b;');

const documentOf = (name: string): string => `<domain type='lxc'><name>${xmlText(name)}</name>
  <memory unit='MiB'>64</memory><os><type>exe</type><init>/bin/sh</init><initarg>-c</initarg><initarg>exec sleep 1000</initarg></os>
  <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
  <interface type='bridge'><source bridge='br0'/></interface><console type='pty'/></devices></domain>`;

const curl = (...args: string[]): Promise<string> =>
  host.sandbox.mustRun('curl', ['--silent', '--fail', '--globoff', ...args]);
const scrape = (): Promise<string> => curl(`http://${ADDRESS}/metrics`);

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** The samples of a text that promtool has found to be one. */
function samplesOf(text: string): Sample[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return lines.map(line => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return { name, labels: new Map(pairs.map(([, key = '', text = '']) => [key, text])), value: Number(value) };
  });
}

/** A domain in a sample, its name as promtool's reader would have it. */
const domainIn = ({ labels }: Sample): string | undefined => labels.get('domain');

test.serial('promtool finds nothing to say, and every sample has the labels that its family declares', async t => {
  const text = await scrape();
  const checked = await host.sandbox.run('promtool', ['check', 'metrics'], { input: text });
  t.deepEqual([checked.status, checked.stdout, checked.stderr], [0, '', '']);
  for (const { name, labels } of samplesOf(text)) {
    const family = families.find(
      family => name === family.name || name.replace(/_(bucket|sum|count)$/, '') === family.name,
    );
    const own = [...labels.keys()].filter(label => label !== 'le' && label !== 'quantile');
    t.deepEqual(own, [...(family?.labels ?? ['none'])], name);
  }
});

test.serial('a container is told of in base units, under whatever name', async t => {
  const samples = samplesOf(await scrape());
  const figure = (name: string, wanted: Readonly<Record<string, string>>): number | undefined =>
    samples.find(
      sample =>
        sample.name === name && Object.entries(wanted).every(([key, value]) => sample.labels.get(key) === value),
    )?.value;
  t.is(figure('lxvirtd_domain_state', { domain: 'web', state: 'running' }), 1);
  t.is(figure('lxvirtd_domain_memory_limit_bytes', { domain: 'web' }), 64 << 20);
  t.is(figure('lxvirtd_domain_tasks', { domain: 'web' }), 1);
  const used = figure('lxvirtd_domain_memory_usage_bytes', { domain: 'web' }) ?? 0;
  t.true(used > 0 && used < 64 << 20);
  const cpu = figure('lxvirtd_domain_cpu_seconds_total', { domain: 'web' }) ?? 0;
  t.true(cpu > 0 && cpu < 60);
  t.is(typeof figure('lxvirtd_domain_network_receive_bytes_total', { domain: 'web' }), 'number');
  const escaped = String.raw`a\"} 1 \\\\n{b=\"\\x9b2J`;
  t.is(figure('lxvirtd_domain_state', { domain: escaped, state: 'shutoff' }), 1);
  t.deepEqual(
    [...new Set(samples.map(domainIn).filter(name => name !== undefined))].toSorted(),
    [escaped, 'web'].toSorted(),
  );
});

test.serial('calls of stock clients are counted, and those that fail are in the log by their ids', async t => {
  await host.virsh(['dominfo', 'nobody']);
  // figures stand for a second
  const samples = await until('the failure is counted', async () => {
    const samples = samplesOf(await scrape());
    return samples.some(({ labels, value }) => labels.get('code') === 'VIR_ERR_NO_DOMAIN' && value > 0)
      ? samples
      : null;
  });
  const calls = samples.filter(({ name }) => name === 'lxvirtd_rpc_call_duration_seconds_count');
  const looked = calls.find(({ labels }) => labels.get('procedure') === 'domainLookupByName');
  t.true((looked?.value ?? 0) > 0);
  t.regex(
    host.daemon?.log() ?? '',
    /info : rpc : A call has failed request=c\d+\.\d+ procedure=domainLookupByName client=\d+ pid=\d+ uid=0 ms=[\d.]+ code=42 error="Domain not found: [^"]*'nobody'"$/m,
  );
});

async function startAndDestroy(name: string): Promise<void> {
  await host.mustVirsh('start', name);
  await host.mustVirsh('destroy', name);
}

test.serial('a scrape while containers start and stop is whole: each has all of its figures, or none', async t => {
  const look = async (): Promise<void> => {
    const text = await scrape();
    const checked = await host.sandbox.run('promtool', ['check', 'metrics'], { input: text });
    t.is(checked.status, 0, checked.stderr);
    const own = samplesOf(text).filter(sample => domainIn(sample)?.includes('b=') === true);
    const state = own.filter(({ name, value }) => name === 'lxvirtd_domain_state' && value === 1);
    t.is(state.length, 1);
    const figures = own.filter(({ name }) => /_(cpu_seconds_total|memory_usage_bytes|tasks)$/.test(name));
    t.is(figures.length, state[0]?.labels.get('state') === 'running' ? 3 : 0);
  };
  for (let round = 0; round < 5; round += 1) await Promise.all([startAndDestroy(HOSTILE), look()]);
});

test.serial('Prometheus scrapes it in OpenMetrics, and answers from what it has kept', async t => {
  const configuration = await host.file(
    'prometheus.yml',
    `scrape_configs:
  - job_name: lxvirtd
    scrape_interval: 1s
    static_configs: [{ targets: ['${ADDRESS}'] }]
`,
  );
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const options = [`--config.file=${configuration}`, `--storage.tsdb.path=${host.directory}/tsdb`];
  const child = spawn(
    enter,
    [...prefix, 'setpriv', '--pdeathsig', 'KILL', 'prometheus', ...options, '--web.listen-address=127.0.0.1:9090'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  t.teardown(async () => {
    const ended = once(child, 'exit');
    if (child.kill('SIGKILL')) await ended;
  });
  const query = async (expression: string): Promise<string | null> => {
    const asked = ['--get', '--data-urlencode', `query=${expression}`, 'http://127.0.0.1:9090/api/v1/query'];
    const { status, stdout } = await host.sandbox.run('curl', ['--silent', '--fail', ...asked]);
    return status === 0 ? (/"value":\[[\d.]+,"([^"]*)"\]/.exec(stdout)?.[1] ?? null) : null;
  };
  const up = await until('Prometheus has scraped', async () => {
    if (child.exitCode !== null) throw new Error(said);
    return query('up == 1');
  }).catch((error: unknown) => {
    throw new Error(said, { cause: error });
  });
  t.is(up, '1');
  t.is(await query('lxvirtd_domain_memory_limit_bytes{domain="web"}'), String(64 << 20));
  t.is(await query('count(lxvirtd_domain_info)'), '2');
  const quantile = 'histogram_quantile(0.99, sum by (le) (lxvirtd_rpc_call_duration_seconds_bucket))';
  t.true(Number(await query(quantile)) > 0);
  const accept = 'Accept: application/openmetrics-text;version=1.0.0';
  const written = ['--output', '/dev/null', '--write-out', '%{content_type}'];
  const type = await curl(...written, '--header', accept, `http://${ADDRESS}/metrics`);
  t.is(type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
});
