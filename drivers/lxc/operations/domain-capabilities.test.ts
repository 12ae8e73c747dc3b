import test from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import { EMULATOR, guestArchitectures } from '../../xml/domain/defaults.ts';
import { readXml } from '../../xml/read.ts';
import { schemaCheck } from '../../xml/schema.ts';
import { domainCapabilities } from './domain-capabilities.ts';

const { native, sibling } = guestArchitectures();
const anything = { emulator: null, arch: null, machine: null, type: null };
const driver = domainCapabilities();
const ask: typeof driver.connectGetDomainCapabilities = (request, flags) =>
  driver.connectGetDomainCapabilities(request, flags);

test('the document obeys libvirt’s schema', async t => {
  const check = await schemaCheck('domaincaps');
  const xml = ask(anything, 0);
  await t.notThrowsAsync(readXml(xml, { what: 'domain_capabilities', root: 'domainCapabilities', domain: 20, check }));
  t.true(
    xml.startsWith(
      `<domainCapabilities>\n  <path>${EMULATOR}</path>\n  <domain>lxc</domain>\n  <arch>${native}</arch>\n`,
    ),
  );
  t.regex(xml, /<hostdev supported='yes'>[^]*<value>misc<\/value>[^]*<enum name='pciBackend'\/>\n {4}<\/hostdev>/);
});

test('what is asked for by name is what there is', t => {
  t.is(ask({ emulator: EMULATOR, arch: native, machine: null, type: 'lxc' }, 0), ask(anything, 0));
  if (sibling !== null) t.regex(ask({ ...anything, arch: sibling }, 0), new RegExp(`<arch>${sibling}</arch>`));
});

for (const [request, message] of [
  [{ type: 'kvm' }, /^invalid argument: unknown virttype: kvm$/],
  [{ arch: 'vax' }, /^invalid argument: unknown architecture: vax$/],
  [{ emulator: '/usr/bin/qemu' }, /^invalid argument: unknown emulator binary: \/usr\/bin\/qemu$/],
  [{ machine: 'pc' }, /^invalid argument: the machine 'pc' is not supported by emulator/],
] as const)
  test(`there are no containers of ${JSON.stringify(request)}`, t => {
    t.throws(() => ask({ ...anything, ...request }, 0), { code: ErrorCode.INVALID_ARG, message });
  });

test('flags there are none', t => {
  t.throws(() => ask(anything, 1), { code: ErrorCode.INVALID_ARG, message: /^unsupported flags \(0x1\) in function/ });
});
