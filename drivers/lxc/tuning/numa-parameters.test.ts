import test from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import type { DomainRef, TypedParameter } from '../../contract/domain.ts';
import type { DomainNuma } from '../../contract/domain-numa.ts';
import { applyLimits } from '../start/limits.ts';
import { testDomains } from '../testing/test-domain.ts';
import { numaParameters } from './numa-parameters.ts';
import { int, string } from './parameters.ts';

const LIVE = 1;
const CONFIG = 2;
const STRICT = 0;
const INTERLEAVE = 2;
const RESTRICTIVE = 3;

const mode = (number: number): TypedParameter => int('numa_mode', number);
const nodeset = (text: string): TypedParameter => string('numa_nodeset', text);
const memory = (mode: string, nodes = '0'): string =>
  `<numatune><memory mode='${mode}' nodeset='${nodes}'/></numatune>`;

test('nodes and mode of a stored domain are set and told', async t => {
  const domains = testDomains(t);
  const { ref, domain } = await domains.stored();
  const driver = numaParameters(domains.context);
  t.deepEqual(await driver.domainGetNumaParameters(ref, 0), [mode(STRICT), nodeset('')]);
  await driver.domainSetNumaParameters(ref, [mode(INTERLEAVE), nodeset('3,1,2')], 0);
  t.deepEqual(await driver.domainGetNumaParameters(ref, CONFIG), [mode(INTERLEAVE), nodeset('1-3')]);
  await driver.domainSetNumaParameters(ref, [mode(STRICT)], CONFIG);
  t.like(domain.definition.numatune, { mode: 'strict', placement: 'static', nodeset: '1-3' });
});

test('a running container is kept within its nodes, by either binding mode', async t => {
  const domains = testDomains(t);
  const driver = numaParameters(domains.context);
  for (const [name, number] of [
    ['strict', STRICT],
    ['restrictive', RESTRICTIVE],
  ] as const) {
    const { ref, domain, cgroup } = await domains.running(true, memory(name));
    applyLimits(cgroup, domain.definition);
    t.is(cgroup.memoryNodes(), '0');
    await driver.domainSetNumaParameters(ref, [mode(number), nodeset('0')], LIVE | CONFIG);
    t.deepEqual(await driver.domainGetNumaParameters(ref, LIVE), [mode(number), nodeset('0')]);
    t.is(domain.nextDefinition?.numatune?.nodeset, '0');
    // On a host with one node only this shows that the kernel is told at the start.
    const { numatune } = domain.definition;
    const nowhere = numatune && { ...numatune, nodeset: '900' };
    t.throws(() => applyLimits(cgroup, { ...domain.definition, numatune: nowhere }), { message: /cpuset\.mems/ });
  }
});

test('a domain that was given no nodes tells those of its cgroup, and can be bound', async t => {
  const domains = testDomains(t);
  const driver = numaParameters(domains.context);
  const { ref, domain, cgroup } = await domains.running(false);
  t.deepEqual(await driver.domainGetNumaParameters(ref, 0), [mode(STRICT), nodeset(cgroup.memoryNodes() ?? 'none')]);
  await driver.domainSetNumaParameters(ref, [nodeset('0')], LIVE);
  t.like(domain.definition.numatune, { mode: 'strict', nodeset: '0' });
});

type Action = (driver: DomainNuma, ref: DomainRef) => Promise<unknown>;
const set =
  (flags: number, ...params: TypedParameter[]): Action =>
  (driver, ref) =>
    driver.domainSetNumaParameters(ref, params, flags);

const refusals: readonly [string, string | null, Action, ErrorCode, RegExp][] = [
  [
    'another mode while it runs',
    memory('strict'),
    set(LIVE, mode(INTERLEAVE)),
    ErrorCode.OPERATION_INVALID,
    /can't change numatune mode for running domain$/,
  ],
  [
    'other nodes of a policy',
    memory('interleave'),
    set(LIVE, nodeset('0')),
    ErrorCode.OPERATION_INVALID,
    /requires strict numa mode$/,
  ],
  [
    'a policy for one that has none',
    '',
    set(LIVE, mode(INTERLEAVE), nodeset('0')),
    ErrorCode.OPERATION_INVALID,
    /requires strict numa mode$/,
  ],
  ['nodes that are not there', memory('strict'), set(LIVE, nodeset('900')), ErrorCode.SYSTEM_ERROR, /cpuset.mems/],
  [
    'no nodes',
    memory('strict'),
    set(LIVE, nodeset('0,^0')),
    ErrorCode.INVALID_ARG,
    /Invalid nodeset of 'numatune': 0,\^0$/,
  ],
  [
    'what is no list',
    memory('strict'),
    set(LIVE, nodeset('zero')),
    ErrorCode.INVALID_ARG,
    /Failed to parse bitmap 'zero'$/,
  ],
  [
    'a mode that is none',
    memory('strict'),
    set(LIVE, mode(7)),
    ErrorCode.INVALID_ARG,
    /unsupported numatune mode: '7'$/,
  ],
  ['a mode without nodes', null, set(CONFIG, mode(STRICT)), ErrorCode.CONFIG_UNSUPPORTED, /nodeset for NUMA memory/],
  ['one that does not run', null, set(LIVE, nodeset('0')), ErrorCode.OPERATION_INVALID, /domain is not running$/],
  [
    'another parameter',
    null,
    set(0, string('numa_cell', '0')),
    ErrorCode.ARGUMENT_UNSUPPORTED,
    /'numa_cell' not supported$/,
  ],
  [
    'unknown flags',
    null,
    set(4, nodeset('0')),
    ErrorCode.INVALID_ARG,
    /^unsupported flags \(0x4\) in function lxcDomainSetNuma/,
  ],
  [
    'both at once',
    '',
    (driver, ref) => driver.domainGetNumaParameters(ref, 3),
    ErrorCode.INVALID_ARG,
    /mutually exclusive$/,
  ],
];
for (const [name, elements, action, code, message] of refusals)
  test(`refused: ${name}`, async t => {
    const domains = testDomains(t);
    const { ref, domain } = elements === null ? await domains.stored() : await domains.running(true, elements);
    const before = [domain.definition, domain.nextDefinition];
    await t.throwsAsync(action(numaParameters(domains.context), ref), { code, message });
    t.deepEqual([domain.definition, domain.nextDefinition], before);
  });
