import { execFileSync } from 'node:child_process';
import test from 'ava';
import type { FilterDefinition } from '../xml/nwfilter/definition.ts';
import { parseFilter } from '../xml/nwfilter/filter.ts';
import { recorded } from '../xml/testing/recorded.ts';
import { placedRules, variablesOf } from './filter-tree.ts';
import { portRules, type PortRules } from './rules/port-rules.ts';
import { families, noObjects, objectsOf, removeLines, replaceLines, tableLines } from './rules/port-script.ts';
import { stockDocuments } from './stock-filters.ts';

const UUID = 'd46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c0';

async function rulesOf(
  documents: readonly string[],
  parameters: Readonly<Record<string, string | readonly string[]>> = {},
  portDev = 'port0',
): Promise<PortRules> {
  const filters = new Map<string, FilterDefinition>();
  for (const document of documents) {
    const filter = await parseFilter(document);
    filters.set(filter.name, filter);
  }
  const [first = ''] = filters.keys();
  const given = Object.entries(parameters).flatMap(([name, values]) => [values].flat().map(value => ({ name, value })));
  const filterref = { filter: first, parameters: given };
  const binding = { ownerName: 'd', ownerUuid: UUID, portDev, linkDev: null, mac: '02:00:00:00:00:01', filterref };
  return portRules(binding, name => filters.get(name), false);
}

const filter = (rules: string, name = 'a'): string => `<filter name='${name}'>${rules}</filter>`;
const rule = (match: string, more = "action='drop' direction='out'"): string => `<rule ${more}>${match}</rule>`;

/** In a network of its own, which ends with it. */
function nft(lines: readonly string[]): string {
  const links = 'ip link add port0 type veth peer name port1 && /usr/sbin/nft -f - && /usr/sbin/nft list ruleset';
  return execFileSync('unshare', ['--net', 'sh', '-c', links], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
}

const chain = async (match: string, parameters: Parameters<typeof rulesOf>[1] = {}): Promise<string[]> =>
  (await rulesOf([filter(rule(match))], parameters)).chains.get('out/port0')?.slice(0, -1) ?? [];

const pair = (a: number, b: number): string => `ether type 0x0800 ip saddr 10.0.0.${a} ip daddr 10.0.1.${b} drop`;

test('lists of one iterator go in step, those of others are combined, an index takes one', async t => {
  const lists = { A: ['10.0.0.1', '10.0.0.2'], B: ['10.0.1.1', '10.0.1.2'] };
  t.deepEqual(await chain("<ip srcipaddr='$A' dstipaddr='$B'/>", lists), [pair(1, 1), pair(2, 2)]);
  t.deepEqual(await chain("<ip srcipaddr='$A[@1]' dstipaddr='$B[@2]'/>", lists), [
    pair(1, 1),
    pair(1, 2),
    pair(2, 1),
    pair(2, 2),
  ]);
  t.deepEqual(await chain("<ip srcipaddr='$A[1]' dstipaddr='$B[0]'/>", lists), [pair(2, 1)]);
  await t.throwsAsync(chain("<ip srcipaddr='$A' dstipaddr='$B'/>", { ...lists, B: '10.0.1.1' }), {
    message: /Cardinality/,
  });
  await t.throwsAsync(chain("<ip srcipaddr='$A[2]'/>", lists), { message: /unresolvable variables.*: A\[2\]/ });
});

test('each attribute of an element that is not to match is turned around', async t => {
  t.deepEqual(await chain("<ip match='no' srcipaddr='10.0.0.0' srcipmask='24' protocol='udp' dstportstart='5'/>"), [
    'ether type 0x0800 ip saddr != 10.0.0.0/24 ip protocol != 17 th dport != 5 drop',
  ]);
  t.deepEqual(await chain("<mac match='no' srcmacaddr='02:aa:bb:cc:dd:ee' srcmacmask='ff:ff:00:00:00:00'/>"), [
    'ether saddr & ff:ff:00:00:00:00 != 02:aa:00:00:00:00 drop',
  ]);
});

test('rules and chains are in the order of their priorities; leaving a chain comes back to the root', async t => {
  const { chains } = await rulesOf([
    filter("<filterref filter='b'/>" + rule('', "action='accept' direction='out' priority='-600'") + rule('')),
    "<filter name='b' chain='arp'><rule action='return' direction='out' priority='7'/><rule action='drop' direction='out' priority='3'/></filter>",
  ]);
  t.deepEqual(chains.get('out/port0'), ['accept', 'ether type 0x0806 jump out/port0/0', 'drop', 'accept']);
  t.deepEqual(chains.get('out/port0/0'), ['drop', 'return']);
});

test('what is said outside wins over the parameters of an include', t => {
  const inner = new Map([['x', '1']]);
  const include = {
    kind: 'include',
    filter: 'b',
    parameters: [...inner].map(([name, value]) => ({ name, value })),
  } as const;
  const one = { kind: 'rule', action: 'drop', direction: 'in', priority: 1, stateMatch: true, match: null } as const;
  const common = { uuid: UUID, chain: 'root', priority: 0 };
  const filters = new Map<string, FilterDefinition>([
    ['a', { ...common, name: 'a', entries: [include] }],
    ['b', { ...common, name: 'b', entries: [one] }],
  ]);
  const seen = (outside: Map<string, string[]>) =>
    placedRules('a', outside, name => filters.get(name))[0]?.variables.get('x');
  t.deepEqual(seen(new Map()), ['1']);
  t.deepEqual(seen(variablesOf([{ name: 'x', value: '2' }])), ['2']);
});

for (const [what, match] of [
  ['gratuitous ARP', "<arp gratuitous='true'/>"],
  ['sets of the kernel', "<tcp ipset='x' ipsetflags='src'/>"],
  ['the number of connections', "<tcp connlimit-above='2'/>"],
  ["TCP's option 7", "<tcp option='7'/>"],
  ['packets whose only state is RELATED', "<tcp state='RELATED'/>"],
  ['a network around an address that is yet to be learned', "<ip srcipaddr='$IP' srcipmask='24'/>"],
] as const)
  test(`a filter is refused by name that wants ${what}`, async t => {
    await t.throwsAsync(rulesOf([filter(rule(match))]), { code: 67, message: new RegExp(`cannot match ${what}`) });
  });

const values = {
  X: '02:00:00:00:00:02',
  V: '5',
  IP: '10.0.0.5',
  A: '1.2.3.4',
  M: '24',
  D: '24',
  GATEWAY_MAC: '02:00:00:00:00:09',
  IPV6: 'fd00::1',
  DHCPSERVER: '10.0.0.1',
  DHCPSERVERV6: 'fe80::1',
};

test('nft takes what documents with every attribute mean, in a bridge and at a link, twice, and lets go of it', async t => {
  const answers = recorded('nwfilter');
  const without = / (ipset|ipsetflags|connlimit-above|option)='[^']*'| gratuitous='true'/g;
  const ports: PortRules[] = [];
  for (const { output } of answers.filter(
    answer => answer.output?.includes('<rule') === true && !answer.output.includes('<filterref'),
  )) {
    try {
      ports.push(await rulesOf([(output ?? '').replace(without, '')], values));
    } catch (error) {
      t.regex(String(error), /unresolvable variables|is lower than|has illegal value|only state/);
    }
  }
  t.true(ports.length > 50);
  for (const family of families) {
    const lines = ports.flatMap((port, index) =>
      replaceLines(family, 't', port, index === 0 ? noObjects : objectsOf(family, ports[index - 1] ?? port)),
    );
    t.true(nft([...tableLines(family, 't'), ...lines]).includes('port0'));
    const last = ports.at(-1);
    if (last === undefined) continue;
    const removal = removeLines(family, 't', last.names, objectsOf(family, last));
    t.false(nft([...tableLines(family, 't'), ...lines, ...removal]).includes('port0'));
  }
});

for (const name of ['clean-traffic', 'clean-traffic-gateway'])
  test(`nft takes ${name}, with an address or to learn one`, async t => {
    const documents = stockDocuments().toSorted(
      (a, b) => Number(b.includes(`name='${name}'`)) - Number(a.includes(`name='${name}'`)),
    );
    const { IP, ...others } = values;
    for (const given of [{ ...others, IP }, others]) {
      const rules = await rulesOf(documents, given);
      for (const family of families)
        t.regex(nft([...tableLines(family, 't'), ...replaceLines(family, 't', rules, noObjects)]), /arp saddr ip/);
    }
  });

test('every stock filter is bound with the values that it asks for', async t => {
  const documents = stockDocuments();
  for (const [index, document] of documents.entries()) {
    const rules = await rulesOf([document, ...documents.toSpliced(index, 1)], values);
    t.true(rules.chains.size >= 2);
  }
  t.is(documents.length, 24);
});
