import test from 'ava';
import { LibvirtError } from '../../contract/error.ts';
import { recorded } from '../testing/recorded.ts';
import { formatBinding, formatBindingStatus, parseBinding, parseBindingStatus } from './binding.ts';
import { formatFilter, formatStoredFilter, parseFilter } from './filter.ts';

const answers = recorded('nwfilter');

/** Where we answer otherwise, and why. */
const otherwise: Readonly<Record<string, string>> = {
  'name with slash': 'refused for what it is, before it is tried as a path',
  'name with line feed': 'markup in a name is escaped',
  'name with space and quote': 'markup in a name is escaped',
  'long name': 'the disk refuses it, not the reader',
  'include of itself': 'loops are the business of the driver',
  'include without filter': 'the message names what is missing',
  'chain root with suffix': 'the cause is known: no such chain',
  'name spaces': 'elements of other name spaces are not ours',
  'variable without a name': 'no value could ever be given to it',
  'ipset without flags': 'what was not given is not shown',
  'variable in ipset': 'it is kept',
};
/** IPv6 addresses were refused as ends of ranges, and the names of sets left out beside other attributes. */
const better =
  /^(tcp|udp|udplite|esp|ah|all|sctp)-ipv6 all$|^icmpv6 all$|^(tcp|udp|udplite|esp|ah|sctp|icmp|igmp) all$/;

for (const { name, input, output, error } of answers) {
  if (name in otherwise || better.test(name)) continue;
  test(`a filter: ${name}`, async t => {
    if (error === undefined) {
      t.is(formatFilter(await parseFilter(input)), output ?? '');
      return;
    }
    const thrown = await t.throwsAsync(parseFilter(input), { instanceOf: LibvirtError });
    t.deepEqual({ code: thrown?.code, domain: thrown?.domain, message: thrown?.message }, error);
  });
}

for (const { name, input } of answers.filter(answer => better.test(answer.name)))
  test(`a filter keeps all that it says: ${name}`, async t => {
    const written = formatFilter(await parseFilter(input));
    for (const attribute of ['dstipto', 'ipset', 'ipsetflags']) t.regex(written, new RegExp(` ${attribute}='`));
    t.is(formatFilter(await parseFilter(written)), written);
  });

for (const [name, code] of [
  ['name with slash', 27],
  ['include without filter', 1],
  ['chain root with suffix', 8],
  ['variable without a name', 1],
] as const)
  test(`a filter is refused for its own reason: ${name}`, async t => {
    const { input } = answers.find(answer => answer.name === name) ?? { input: '' };
    await t.throwsAsync(parseFilter(input), { code });
  });

test('what a filter is stored as is read back, whatever its name', async t => {
  const filter = await parseFilter(
    `<filter name="a'&amp;&lt;&#10;--&gt;" chain='arp'><rule action='drop' direction='in'/></filter>`,
  );
  t.deepEqual(await parseFilter(formatStoredFilter(filter)), filter);
});

const owner = '<owner><name>d</name><uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c0</uuid></owner>';
const port = "<portdev name='v0'/>";
const mac = "<mac address='2:0:0:0:0:1'/>";
const reference = "<filterref filter='a'><parameter name='Z' value='1'/><parameter name='A' value='2'/></filterref>";

test('a binding is written as libvirt writes it', async t => {
  const binding = await parseBinding(
    `<filterbinding>${reference}${port}<linkdev name='e'/>${mac}${owner}</filterbinding>`,
  );
  t.is(
    formatBinding(binding),
    `<filterbinding>
  <owner>
    <name>d</name>
    <uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c0</uuid>
  </owner>
  <portdev name='v0'/>
  <linkdev name='e'/>
  <mac address='02:00:00:00:00:01'/>
  <filterref filter='a'>
    <parameter name='A' value='2'/>
    <parameter name='Z' value='1'/>
  </filterref>
</filterbinding>
`,
  );
  t.deepEqual(await parseBindingStatus(formatBindingStatus(binding)), binding);
});

for (const [what, document, message] of [
  ['an owner', `${port}${mac}${reference}`, 'filter binding has no owner name'],
  [
    'an owner with a UUID',
    `<owner><name>d</name></owner>${port}${mac}${reference}`,
    'filter binding has no owner UUID',
  ],
  ['a port', `${owner}${mac}${reference}`, 'filter binding has no port dev name'],
  ['an address', `${owner}${port}${reference}`, 'filter binding has no MAC address'],
  ['an address that is one', `${owner}${port}<mac address='x'/>${reference}`, "Unable to parse MAC 'x'"],
  ['a filter', `${owner}${port}${mac}`, 'filter binding has no filter reference'],
] as const)
  test(`a binding needs ${what}`, async t => {
    await t.throwsAsync(parseBinding(`<filterbinding>${document}</filterbinding>`), {
      message: `internal error: ${message}`,
    });
  });
