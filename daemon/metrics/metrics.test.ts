import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { assert, constantFrom, property, string } from 'fast-check';
import { errors } from '../../drivers/contract/error.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { Peer, Proc, Status, text } from '../rpc/testing/peer.ts';
import { serving } from '../rpc/testing/serving.ts';
import { addressText, isLocal, parseMetricsAddress } from './address.ts';
import { CallFigures } from './call-figures.ts';
import { exposeDomain, exposeDomains, MOST_DEVICES, MOST_DOMAINS } from './domain-figures.ts';
import { Exposition, type Format } from './exposition.ts';
import { families } from './families.ts';
import { counter, gauge } from './family.ts';
import { labelValue } from './label.ts';
import { ProcessFigures } from './process-figures.ts';
import { exposeServer } from './server-figures.ts';

for (const [written, address, local] of [
  ['127.0.0.1:9177', '127.0.0.1:9177', true],
  ['9177', '127.0.0.1:9177', true],
  ['localhost:9177', '127.0.0.1:9177', true],
  ['127.9.9.9:1', '127.9.9.9:1', true],
  ['[::1]:65535', '[::1]:65535', true],
  ['0.0.0.0:9177', '0.0.0.0:9177', false],
  ['[::]:9177', '[::]:9177', false],
  ['[::ffff:192.0.2.1]:9177', '[::ffff:192.0.2.1]:9177', false],
  ['192.0.2.1:9177', '192.0.2.1:9177', false],
  ['unix:/run/a b:1', 'unix:/run/a b:1', true],
] as const)
  test(`metrics_listen takes '${written}'`, t => {
    const parsed = parseMetricsAddress(written);
    t.is(addressText(parsed), address);
    t.is(isLocal(parsed), local);
  });

for (const [written, problem] of [
  ['', /names no port/],
  [':9177', /names no port/],
  ['127.0.0.1', /names no port/],
  ['127.0.0.1:0', /names no port/],
  ['127.0.0.1:65536', /names no port/],
  ['127.0.0.1:123456', /names no port/],
  ['host.example.org:9177', /is no address/],
  ['::1:9177', /is no address/],
  ['[127.0.0.1]:9177', /is no address/],
  ['*:9177', /is no address/],
  ['unix:relative', /no absolute path/],
  ['unix:', /no absolute path/],
] as const)
  test(`metrics_listen refuses '${written}'`, t => {
    t.throws(() => parseMetricsAddress(written), { message: problem });
  });

/** What a reader of the format makes of what stands between the quotes. */
const unescaped = (value: string): string =>
  value.replace(/\\(.)/gs, (_all, character: string) => (character === 'n' ? '\n' : character));

for (const [name, shown] of [
  ['web', 'web'],
  ['a"} 1\nb{c="', String.raw`a"} 1\nb{c="`],
  ['\u001b[2J\u009b', String.raw`\x1b[2J\x9b`],
  ['\u202egnp', String.raw`\u202egnp`],
  [String.raw`\n`, String.raw`\\n`],
  ['Grüße 🙂', 'Grüße 🙂'],
] as const)
  test(`the label of ${JSON.stringify(name)} shows it and breaks nothing`, t => {
    const value = labelValue(name);
    t.regex(value, /^([^"\\\n]|\\["\\n])*$/);
    t.is(unescaped(value), shown);
  });

test('no two names have the same label', t => {
  const name = string({
    unit: constantFrom('a', '\\', 'n', 'x', '0', '1', 'b', '\n', '"', '\u001b', '\u009b'),
    maxLength: 8,
  });
  assert(property(name, name, (one, other) => (one === other) === (labelValue(one) === labelValue(other))));
  t.pass();
});

test('samples are written by family, in both formats', t => {
  const some = counter('x_total', 'Some.', 'a');
  const other = gauge('y_bytes', 'Other.');
  const none = gauge('z', 'None.');
  const exposition = new Exposition([some, other, none]);
  exposition.add(other, '', Infinity);
  exposition.add(some, 'a="1"', 2n ** 64n);
  exposition.add(some, 'a="2"', 0.5);
  const samples = ['x_total{a="1"} 18446744073709551616', 'x_total{a="2"} 0.5'];
  const rest = ['# HELP y_bytes Other.', '# TYPE y_bytes gauge', 'y_bytes +Inf'];
  const lines = (format: Format): string[] => String(exposition.render(format)).split('\n');
  t.deepEqual(lines('text'), ['# HELP x_total Some.', '# TYPE x_total counter', ...samples, ...rest, '']);
  t.deepEqual(lines('openMetrics'), ['# HELP x Some.', '# TYPE x counter', ...samples, ...rest, '# EOF', '']);
  t.throws(() => exposition.add(gauge('new', ''), '', 1), { instanceOf: TypeError });
});

/** The samples of a text, by what stands in front of their values. */
const samplesOf = (exposition: Exposition): Map<string, string> => {
  const lines = String(exposition.render('text'))
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  const samples = new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
  if (samples.size !== lines.length) throw new Error('a sample is there twice');
  return samples;
};

const record = (name: string, params: readonly TypedParameter[]) => ({
  dom: { name, uuid: '00000000-0000-0000-0000-000000000001', id: 5 },
  params,
});
const big = (field: string, value: bigint): TypedParameter => ({ field, type: 'ullong', value });
const named = (field: string, value: string): TypedParameter => ({ field, type: 'string', value });

test('figures of a domain become samples in base units', t => {
  const exposition = new Exposition(families);
  exposeDomain(
    exposition,
    record('web', [
      { field: 'state.state', type: 'int', value: 3 },
      big('cpu.time', 1_500_000_000n),
      big('cpu.0.time', 1n),
      { field: 'cpu.tasks', type: 'uint', value: 7 },
      big('balloon.rss', 64n),
      big('block.pressure.full.total', 2_000_000_000n),
      { field: 'block.pressure.full.avg10', type: 'double', value: 1 },
      named('net.0.name', 'vnet0'),
      big('net.0.rx.bytes', 12n),
      named('block.0.name', '/a "b"'),
      named('block.0.path', '/secret'),
      big('block.0.wr.reqs', 3n),
      big('block.wr.reqs', 4n),
      big('future.figure', 1n),
    ]),
  );
  t.deepEqual(Object.fromEntries(samplesOf(exposition)), {
    'lxvirtd_domain_info{domain="web",uuid="00000000-0000-0000-0000-000000000001"}': '1',
    'lxvirtd_domain_state{domain="web",state="running"}': '0',
    'lxvirtd_domain_state{domain="web",state="paused"}': '1',
    'lxvirtd_domain_state{domain="web",state="shutoff"}': '0',
    'lxvirtd_domain_cpu_seconds_total{domain="web"}': '1.5',
    'lxvirtd_domain_tasks{domain="web"}': '7',
    'lxvirtd_domain_memory_usage_bytes{domain="web"}': '65536',
    'lxvirtd_domain_pressure_seconds_total{domain="web",resource="io",share="full"}': '2',
    'lxvirtd_domain_network_receive_bytes_total{domain="web",device="vnet0"}': '12',
    [String.raw`lxvirtd_domain_block_writes_total{domain="web",device="/a \"b\""}`]: '3',
    'lxvirtd_domain_io_writes_total{domain="web"}': '4',
  });
});

test('devices of one name, and more than anybody has, are counted and not told', t => {
  const exposition = new Exposition(families);
  const twins = [
    named('net.0.name', 'a'),
    big('net.0.rx.bytes', 1n),
    named('net.1.name', 'a'),
    big('net.1.rx.bytes', 2n),
  ];
  const many = Array.from({ length: 2 * MOST_DEVICES }, (_, index) => [
    named(`block.${index}.name`, `vd${index}`),
    big(`block.${index}.rd.bytes`, 1n),
  ]);
  t.is(exposeDomain(exposition, record('web', [...twins, ...many.flat()])), 1 + MOST_DEVICES + 1);
  const told = [...samplesOf(exposition).keys()].filter(name => name.includes('device='));
  t.is(told.length, MOST_DEVICES);
});

test('more domains than anybody has are counted and not told', async t => {
  const exposition = new Exposition(families);
  const records = Array.from({ length: MOST_DOMAINS + 3 }, (_, index) => record(`d${index}`, []));
  await exposeDomains(exposition, { connectGetAllDomainStats: async () => records });
  const samples = samplesOf(exposition);
  t.is(samples.get('lxvirtd_scrape_omitted{kind="domain"}'), '3');
  t.is([...samples.keys()].filter(name => name.startsWith('lxvirtd_domain_info')).length, MOST_DOMAINS);
});

test('calls are counted by their names, errors by their codes, and what nobody knows adds no name', async t => {
  const calls = new CallFigures();
  await using s = await serving({
    watch: calls,
    remote: {
      domainLookupByName: () => {
        throw errors.noDomain('x');
      },
    },
  });
  const peer = await Peer.open(s.path);
  for (const proc of [Proc.connectGetType, Proc.connectGetType, 9998, 9999]) await peer.call({ proc });
  t.like(await peer.call({ proc: 23, payload: text('x') }), { status: Status.ERROR });
  await peer.call({ proc: 68, payload: text('x') });
  const exposition = new Exposition(families);
  calls.expose(exposition);
  exposeServer(exposition, s.server);
  const samples = samplesOf(exposition);
  const figure = (name: string, procedure: string, rest = ''): string | undefined =>
    samples.get(`lxvirtd_rpc_call_duration_seconds${name}{program="remote",procedure="${procedure}"${rest}}`);
  t.is(figure('_count', 'connectGetType'), '2');
  t.is(figure('_bucket', 'connectGetType', ',le="+Inf"'), '2');
  t.is(figure('_count', 'domainLookupByName'), '1');
  t.true(Number(figure('_sum', 'domainLookupByName')) > 0);
  t.is(samples.get('lxvirtd_rpc_errors_total{code="VIR_ERR_NO_DOMAIN"}'), '1');
  t.is(samples.get('lxvirtd_rpc_errors_total{code="VIR_ERR_RPC"}'), '3');
  t.is(samples.get('lxvirtd_auth_failures_total{method="none"}'), '1');
  t.is(samples.get('lxvirtd_rpc_clients{server="libvirtd",transport="unix",read_only="false"}'), '1');
  const procedures = [...samples.keys()].filter(name => name.includes('_count{program='));
  t.is(procedures.length, 5);
});

test('the process tells its own figures', async t => {
  using figures = new ProcessFigures();
  const exposition = new Exposition(families);
  await figures.expose(exposition);
  const samples = samplesOf(exposition);
  t.true(Number(samples.get('process_resident_memory_bytes')) > 10 << 20);
  t.true(Number(samples.get('process_open_fds')) > 2);
  t.true(Math.abs(Number(samples.get('process_start_time_seconds')) - Date.now() / 1000) < 1000);
});

const DOCUMENT = new URL('../../docs/metrics.md', import.meta.url);
const table = [
  '| metric | type | labels | |',
  '|---|---|---|---|',
  ...families.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`,
  ),
];

test('docs/metrics.md lists all there are (LXVIRTD_WRITE_DOCS=1 writes the table)', t => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const written = document.replace(/(?:^\|.*\n)+/m, () => `${table.join('\n')}\n`);
  if (process.env['LXVIRTD_WRITE_DOCS'] === '1') writeFileSync(DOCUMENT, written);
  else t.is(document, written);
  t.is(written.match(/^\|/gm)?.length, table.length, 'one table');
});
