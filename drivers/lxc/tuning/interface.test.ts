import { execFileSync } from 'node:child_process';
import test from 'ava';
import { createVeth } from '../../../native/network/create-link.ts';
import { deleteLink } from '../../../native/network/links.ts';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import type { DomainRef, TypedParameter } from '../../contract/domain.ts';
import { LibvirtError } from '../../contract/error.ts';
import type { InterfaceTuning } from '../../contract/interface-tuning.ts';
import { testDomains } from '../testing/test-domain.ts';
import { interfaceTuning } from './interface.ts';
import { uint, ullong } from './parameters.ts';

const LIVE = 1;
const CONFIG = 2;
const MAC = '52:54:00:0a:0b:0c';
const name = `lxt${process.pid.toString(36)}`;

const devices = `<interface type='ethernet'><mac address='${MAC}'/><target dev='${name}'/></interface>
  <interface type='direct'><mac address='52:54:00:0a:0b:0d'/><source dev='lower'/></interface>`;

const figures = async (driver: InterfaceTuning, ref: DomainRef, flags: number): Promise<unknown[]> =>
  (await driver.domainGetInterfaceParameters(ref, MAC, flags)).map(({ value }) => value);

const parameters = (values: Readonly<Record<string, number>>): TypedParameter[] =>
  Object.entries(values).map(([field, value]) => uint(field, value));

test('limits reach the kernel and both definitions; directions that are not told of stay', async t => {
  const domains = testDomains(t);
  const driver = interfaceTuning(domains.context);
  const { ref, domain } = await domains.running(true, '', devices);
  createVeth({ name, up: true, peer: { name: `${name}p`, pid: process.pid } });
  t.teardown(() => deleteLink(name));
  domain.running = domain.running && { ...domain.running, hostInterfaces: [name, null] };
  const set = (values: Readonly<Record<string, number>>, flags: number): Promise<void> =>
    driver.domainSetInterfaceParameters(ref, name, parameters(values), flags);

  await set({ 'inbound.average': 100, 'inbound.peak': 200, 'inbound.burst': 300 }, LIVE | CONFIG);
  await set({ 'outbound.average': 50, 'outbound.burst': 64 }, LIVE);
  t.deepEqual(await figures(driver, ref, LIVE), [100, 200, 300, 0, 50, 0, 64]);
  t.deepEqual(await figures(driver, ref, CONFIG), [100, 200, 300, 0, 0, 0, 0]);
  t.regex(
    execFileSync('tc', ['class', 'show', 'dev', name], { encoding: 'utf8' }),
    /rate 800Kbit ceil 1600Kbit burst 300Kb/,
  );

  await set({ 'outbound.peak': 7 }, LIVE);
  await set({ 'inbound.average': 0, 'inbound.peak': 9 }, LIVE);
  t.deepEqual(await figures(driver, ref, 0), [0, 0, 0, 0, 50, 0, 64]);
  await set({ 'outbound.average': 0 }, LIVE);
  t.is(domain.definition.devices.interfaces[0]?.bandwidth, null);
  t.regex(execFileSync('tc', ['qdisc', 'show', 'dev', name], { encoding: 'utf8' }), /^qdisc noqueue [^\n]*\n$/);
});

type Refusal = readonly [ErrorCode, ErrorDomain, RegExp];
const set =
  (device: string, flags: number, ...params: TypedParameter[]) =>
  (driver: InterfaceTuning, ref: DomainRef): Promise<unknown> =>
    driver.domainSetInterfaceParameters(ref, device, params, flags);

const refusals: readonly [string, ReturnType<typeof set>, Refusal][] = [
  [
    'an interface that there is not',
    set('vnet99', 0, uint('inbound.average', 1)),
    [ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, /^invalid argument: 'vnet99' is not a known interface$/],
  ],
  [
    'a running interface of a domain that does not run',
    set(MAC, LIVE, uint('inbound.average', 1)),
    [ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, /domain is not running$/],
  ],
  [
    'a parameter that there is not',
    set(MAC, CONFIG, uint('outbound.floor', 1)),
    [ErrorCode.ARGUMENT_UNSUPPORTED, ErrorDomain.NONE, /parameter 'outbound.floor' not supported$/],
  ],
  [
    'a type that is not the parameter’s',
    set(MAC, CONFIG, ullong('inbound.average', 1n)),
    [
      ErrorCode.INVALID_ARG,
      ErrorDomain.NONE,
      /invalid type 'ullong' for parameter 'inbound.average', expected 'uint'$/,
    ],
  ],
  [
    'a floor without a network',
    set(MAC, CONFIG, uint('inbound.floor', 1)),
    [ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NONE, /floor attribute is not supported for this config$/],
  ],
  [
    'a direct interface',
    set('52:54:00:0a:0b:0d', CONFIG, uint('inbound.average', 1)),
    [ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.LXC, /Unable to set network bandwidth on direct interfaces$/],
  ],
  [
    'unknown flags',
    set(MAC, 8),
    [ErrorCode.INVALID_ARG, ErrorDomain.LXC, /^unsupported flags \(0x8\) in function lxcDomainSetInterfaceParameters$/],
  ],
  [
    'the limits of both at once',
    (driver, ref) => driver.domainGetInterfaceParameters(ref, MAC, LIVE | CONFIG),
    [ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, /are mutually exclusive$/],
  ],
];
for (const [what, action, [code, domain, message]] of refusals)
  test(`refused: ${what}`, async t => {
    const domains = testDomains(t);
    const { ref } = await domains.stored('', devices);
    const error = await t.throwsAsync(action(interfaceTuning(domains.context), ref), {
      instanceOf: LibvirtError,
      message,
    });
    t.deepEqual([error?.code, error?.domain], [code, domain]);
  });
