import test, { type ExecutionContext } from 'ava';
import {
  ConnectGetAllDomainStatsFlags as Flags,
  DomainStatsTypes as Stats,
  ErrorCode,
} from '../../contract/constants.ts';
import type { BulkStatistics, DomainStatisticsRecord } from '../../contract/bulk-statistics.ts';
import { LibvirtError } from '../../contract/error.ts';
import { testDomains, type TestDomains } from '../testing/test-domain.ts';
import { bulkStatistics } from './bulk-statistics.ts';

interface Bulk {
  readonly domains: TestDomains;
  readonly driver: BulkStatistics;
}

const setUp = (t: ExecutionContext): Bulk => {
  const domains = testDomains(t);
  return { domains, driver: bulkStatistics(domains.context) };
};

const valuesOf = (records: readonly DomainStatisticsRecord[]): Map<string, unknown> =>
  new Map(records.flatMap(({ params }) => params.map(({ field, value }) => [field, value])));

const disk = `<disk type='file'><source file='/nonexistent/image'/><target dev='vda'/></disk>
  <interface type='bridge'><source bridge='unused'/><mac address='52:54:00:00:01:01'/></interface>`;

test('a domain that does not run has what it is defined as', async t => {
  const { domains, driver } = setUp(t);
  const { ref } = await domains.stored("<vcpu current='2'>4</vcpu>", disk);
  const [record, ...others] = await driver.connectGetAllDomainStats(null, 0, 0);
  t.deepEqual(others, []);
  t.deepEqual(record, {
    dom: ref,
    params: [
      { field: 'state.state', type: 'int', value: 5 },
      { field: 'state.reason', type: 'int', value: 0 },
      { field: 'balloon.current', type: 'ullong', value: 65536n },
      { field: 'balloon.maximum', type: 'ullong', value: 65536n },
      { field: 'vcpu.current', type: 'uint', value: 2 },
      { field: 'vcpu.maximum', type: 'uint', value: 4 },
      { field: 'block.count', type: 'uint', value: 1 },
      { field: 'block.0.name', type: 'string', value: 'vda' },
      { field: 'block.0.path', type: 'string', value: '/nonexistent/image' },
    ],
  });
});

test('a running domain has what the kernel counts', async t => {
  const { domains, driver } = setUp(t);
  const { cgroup } = await domains.running(false, '<vcpu>2</vcpu>', disk);
  const values = valuesOf(await driver.connectGetAllDomainStats(null, 0, 0));
  const cpu = cgroup.cpu();
  t.is(values.get('cpu.time'), cpu?.total);
  t.is(values.get('cpu.0.time'), cpu?.each?.[0]);
  t.is(values.get('cpu.tasks'), cgroup.pids() ?? undefined);
  t.is(values.get('balloon.available'), cgroup.has('memory') ? 65536n : undefined);
  t.is(values.get('vcpu.1.state'), 1);
  t.is(values.get('vcpu.1.time'), (cpu?.total ?? 0n) / 2n);
  t.is(values.get('net.count'), 1);
  t.is(values.get('net.0.name'), '52:54:00:00:01:01');
  t.is(values.get('block.count'), 1);
  for (const resource of ['cpu', 'memory', 'block'])
    t.is(values.has(`${resource}.pressure.full.total`), cgroup.pressure('cpu') !== null, resource);
});

/** Which of three domains a call tells of. */
const selections: readonly [string, number, readonly string[]][] = [
  ['no filter', 0, ['stored', 'running', 'transient']],
  ['active', Flags.ACTIVE, ['running', 'transient']],
  ['inactive', Flags.INACTIVE, ['stored']],
  ['transient', Flags.TRANSIENT, ['transient']],
  ['persistent and active', Flags.PERSISTENT | Flags.ACTIVE, ['running']],
  ['shut off', Flags.SHUTOFF, ['stored']],
  ['running', Flags.RUNNING | Flags.NOWAIT | Flags.BACKING, ['running', 'transient']],
  ['paused', Flags.PAUSED, []],
  ['other', Flags.OTHER, []],
];
for (const [name, flags, expected] of selections)
  test(`selection: ${name}`, async t => {
    const { domains, driver } = setUp(t);
    const refs = {
      stored: (await domains.stored()).ref,
      running: (await domains.running(true)).ref,
      transient: (await domains.running(false)).ref,
    };
    const told = (records: readonly DomainStatisticsRecord[]): string[] =>
      records.flatMap(({ dom }) => Object.entries(refs).find(([, { uuid }]) => uuid === dom.uuid)?.[0] ?? '?');
    t.deepEqual(told(await driver.connectGetAllDomainStats(null, Stats.STATE, flags)), expected);
    const gone = { name: 'gone', uuid: crypto.randomUUID(), id: -1 };
    const { stored, running, transient } = refs;
    const listed = await driver.connectGetAllDomainStats([transient, gone, running, stored], Stats.STATE, flags);
    t.deepEqual(told(listed), expected.toReversed());
  });

test('groups that containers do not have are left out, or refused when asked for', async t => {
  const { domains, driver } = setUp(t);
  const { ref } = await domains.stored();
  const both = Stats.PERF | Stats.IOTHREAD;
  t.deepEqual(await driver.connectGetAllDomainStats(null, both, 0), [{ dom: ref, params: [] }]);
  const enforced = driver.connectGetAllDomainStats(null, both | Stats.STATE, Flags.ENFORCE_STATS);
  const error = await t.throwsAsync(enforced, { instanceOf: LibvirtError });
  t.is(error.code, ErrorCode.ARGUMENT_UNSUPPORTED);
  t.is(error.message, 'argument unsupported: Stats types bits 0xc0 are not supported by this daemon');
  t.is((await driver.connectGetAllDomainStats(null, 0, Flags.ENFORCE_STATS)).length, 1);
  await t.throwsAsync(driver.connectGetAllDomainStats(null, 0, 0x100), { code: ErrorCode.INVALID_ARG });
});

test('other work goes on while very many domains are read', async t => {
  const { domains, driver } = setUp(t);
  const { ref } = await domains.running(false);
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  const records = await driver.connectGetAllDomainStats(
    Array.from({ length: 1500 }, () => ref),
    0,
    0,
  );
  clearInterval(ticking);
  t.is(records.length, 1500);
  t.true(turns >= 3, `${turns} turns`);
});
