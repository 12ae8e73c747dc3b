import { readFileSync } from 'node:fs';
import test from 'ava';
import { array, assert, asyncProperty, bigInt, constantFrom, nat, property, string, uniqueArray } from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { ErrorCode, ErrorDomain } from '../contract/constants.ts';
import { LibvirtError } from '../contract/error.ts';
import { normalBitmap, parseBitmap } from './bitmap.ts';
import { formatCapabilities, type CapabilitiesFacts } from './capabilities/capabilities.ts';
import { parseDomain } from './domain/parse.ts';
import { readXml } from './read.ts';
import { schemaCheck } from './schema.ts';
import { formatSysinfo } from './sysinfo/sysinfo.ts';
import { textOf, xmlElement } from './tree.ts';
import { bytesPer, toBytes, toKibibytes } from './units.ts';
import { formatXml } from './write.ts';

const options = { what: 'test', domain: ErrorDomain.XML, root: null } as const;

/** A document that costs the sender little, and what is to be said about it. */
const hostile = test.macro({
  title: (_, what: string) => `a hostile document costs little: ${what}`,
  async exec(t, _what: string, xml: string, expected: RegExp | null) {
    const before = process.memoryUsage.rss();
    const start = process.cpuUsage();
    const error = await parseDomain(xml).then(
      () => null,
      reason => reason,
    );
    const { user, system } = process.cpuUsage(start);
    if (expected === null) t.is(error, null);
    else {
      t.true(error instanceof LibvirtError, String(error));
      t.regex(String(error), expected);
      t.true(String(error).length < 5000);
    }
    t.true((user + system) / 1e6 < 5, `${(user + system) / 1e6} s`);
    t.true(process.memoryUsage.rss() - before < 300e6);
  },
});

const domain = (inside: string): string =>
  `<domain type='lxc'><name>a</name><memory>5</memory><os><type>exe</type><init>/i</init></os>${inside}</domain>`;

function letters(number: number): string {
  const rest = Math.floor(number / 26);
  return (rest === 0 ? '' : letters(rest - 1)) + String.fromCharCode(97 + (number % 26));
}

const bomb = Array.from({ length: 20 }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`).join('');

test.serial(hostile, 'deep nesting', '<a>'.repeat(30_000), /deep|depth|tags/i);
test.serial(hostile, 'deep nesting that is closed', '<a>'.repeat(19_000) + '</a>'.repeat(19_000), /deep|depth|tags/i);
test.serial(
  hostile,
  'nesting below the parser’s own limit',
  domain('<a>'.repeat(220) + '</a>'.repeat(220)),
  /nested too deeply/,
);
test.serial(hostile, '100,000 siblings', domain('<a/>'.repeat(100_000)), /more than 40000 tags/);
test.serial(hostile, 'siblings as many as are allowed', domain('<a/>'.repeat(30_000)), null);
test.serial(
  hostile,
  'consoles as many as are allowed',
  domain(`<devices>${"<console type='pty'/>".repeat(30_000)}</devices>`),
  null,
);
test.serial(
  hostile,
  'disks as many as are allowed',
  domain(`<devices>${"<disk><source file='/a'/><target dev='vda'/></disk>".repeat(9_000)}</devices>`),
  /duplicated/,
);
test.serial(hostile, 'a huge attribute', domain(`<x y='${'z'.repeat(4_000_000)}'/>`), null);
test.serial(hostile, 'a huge text', domain(`<title>${'z'.repeat(4_000_000)}</title>`), null);
test.serial(
  hostile,
  'a huge unit',
  domain('').replace('<memory>', `<memory unit='${'k'.repeat(1_000_000)}'>`),
  /unknown suffix/,
);
test.serial(hostile, 'a huge number', domain('').replace('>5<', `>${'9'.repeat(1_000_000)}<`), /Invalid value/);
test.serial(
  hostile,
  'a document beyond the limit',
  domain(`<title>${'z'.repeat(5_000_000)}</title>`),
  /more than 4194304 characters/,
);
test.serial(
  hostile,
  '300,000 attributes',
  domain(`<x ${Array.from({ length: 150_000 }, (_, n) => `a${n}=''`).join(' ')}/>`),
  /more than 200000 quotation marks/,
);
test.serial(
  hostile,
  'attributes as many as are allowed',
  domain(`<x ${Array.from({ length: 90_000 }, (_, n) => `a${n}=''`).join(' ')}/>`),
  null,
);
test.serial(
  hostile,
  'name spaces by the thousand',
  domain(`<x ${Array.from({ length: 20_000 }, (_, n) => `xmlns:a${n}='u${n}'`).join(' ')}/>`),
  null,
);
test.serial(
  hostile,
  'an entity bomb',
  `<!DOCTYPE d [<!ENTITY e0 "x">${bomb}]><domain type='lxc'><name>&e20;</name></domain>`,
  /document type/,
);
test.serial(
  hostile,
  'a DOCTYPE behind comments',
  `<?xml version='1.0'?><!-- < --> <?x <!DOCTYPE ?><!DOCTYPE d><d/>`,
  /document type/,
);
test.serial(
  hostile,
  'an external entity',
  `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><domain type='lxc'><name>&x;</name></domain>`,
  /document type/,
);
test.serial(hostile, 'an undeclared entity', domain('<title>&x;</title>'), /Entity 'x' not defined/);
test.serial(
  hostile,
  'an inclusion',
  domain(`<title><i:include xmlns:i='http://www.w3.org/2001/XInclude' href='/etc/passwd' parse='text'/></title>`),
  null,
);
test.serial(
  hostile,
  'a cpu list of the whole range, often',
  domain(`<vcpu cpuset='${Array.from({ length: 8_000 }, () => '0-16383').join(',')}'>1</vcpu>`),
  null,
);
test.serial(
  hostile,
  'pins of the whole range, often',
  domain(
    `<cputune>${Array.from({ length: 30_000 }, (_, n) => `<vcpupin vcpu='${n}' cpuset='0-16383'/>`).join('')}</cputune>`,
  ),
  null,
);
test.serial(
  hostile,
  'controllers of every disk',
  domain(
    `<devices>${Array.from({ length: 4_000 }, (_, n) => `<disk><source file='/a'/><target dev='sda${n}'/><address type='drive' controller='9999999'/></disk>`).join('')}</devices>`,
  ),
  null,
);
test.serial(
  hostile,
  'metadata of many name spaces',
  domain(`<metadata>${Array.from({ length: 19_000 }, (_, n) => `<p:x xmlns:p='u${n}'/>`).join('')}</metadata>`),
  null,
);
test.serial(
  hostile,
  'disks in ascending order',
  domain(
    `<devices>${Array.from({ length: 9_000 }, (_, n) => `<disk><source file='/a'/><target dev='vd${letters(n)}'/></disk>`).join('')}</devices>`,
  ),
  null,
);
test.serial(hostile, 'a null character', domain('<title>a\0b</title>'), /./);

test('an included file is not read', async t => {
  const include = `<i:include xmlns:i='http://www.w3.org/2001/XInclude' href='/etc/hostname' parse='text'/>`;
  t.is((await parseDomain(domain(`<title>${include}</title>`))).title, null);
});

test.serial('parsing leaves nothing behind in the parser’s memory', async t => {
  const document = domain(`<title>${'z'.repeat(200_000)}</title>`);
  const round = async (): Promise<number> => {
    for (let times = 0; times < 50; times++) {
      await parseDomain(document);
      await t.throwsAsync(parseDomain(document.replace('</title>', '')));
    }
    return process.memoryUsage().external;
  };
  const first = await round();
  for (let times = 0; times < 5; times++) t.true((await round()) - first < 8e6);
});

test('whatever is read is bytes of a document or an error of libvirt', async t => {
  const start = domain('<devices><console type="pty"/></devices>');
  await assert(
    asyncProperty(nat(start.length), nat(20), string({ unit: 'binary', maxLength: 8 }), async (at, cut, text) => {
      const mutated = start.slice(0, at) + text + start.slice(at + cut);
      try {
        await parseDomain(mutated);
      } catch (error) {
        t.true(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('any tree of elements reads back as it was written', async t => {
  const name = constantFrom('a', 'b-c', 'd_e', 'f1');
  const value = string({ unit: 'grapheme', minLength: 1 }).filter(text => text.trim() !== '');
  await assert(
    asyncProperty(array(name), array(value, { maxLength: 5 }), async (names, values) => {
      const [text = 'x'] = values;
      const attributes = Object.fromEntries(values.map((each, at) => [`n${at}`, each]));
      const root = names.reduce((inner, each) => xmlElement(each, attributes, [inner]), xmlElement('leaf', {}, [text]));
      t.deepEqual(await readXml(formatXml(root), options), root);
    }),
    { numRuns: 200 },
  );
});

test('an independent reader agrees on attributes and text', async t => {
  const value = string({ unit: 'grapheme', minLength: 1 }).filter(text => text.trim() !== '' && !text.includes('\0'));
  await assert(
    asyncProperty(value, value, async (attribute, text) => {
      const written = formatXml(xmlElement('a', { b: attribute }, [text]));
      const parsed = new XMLParser({ ignoreAttributes: false, parseTagValue: false, trimValues: false }).parse(written);
      const read = await readXml(written, options);
      t.is(textOf(read), parsed.a['#text'] ?? '');
      t.is(read.attributes[0]?.value, parsed.a['@_b']);
    }),
    { numRuns: 200 },
  );
});

const unitRows: readonly [string, bigint][] = [
  ['b', 1n],
  ['byte', 1n],
  ['bytes', 1n],
  ['KB', 1000n],
  ['k', 1024n],
  ['KiB', 1024n],
  ['kib', 1024n],
  ['MB', 1_000_000n],
  ['M', 1024n ** 2n],
  ['MiB', 1024n ** 2n],
  ['GB', 10n ** 9n],
  ['G', 1024n ** 3n],
  ['TB', 10n ** 12n],
  ['T', 1024n ** 4n],
  ['PB', 10n ** 15n],
  ['P', 1024n ** 5n],
  ['EB', 10n ** 18n],
  ['EiB', 1024n ** 6n],
];
for (const [unit, bytes] of unitRows) test(`one ${unit} is ${bytes} bytes`, t => t.is(bytesPer(unit), bytes));

test('sizes are rounded up to KiB', t => {
  assert(
    property(bigInt({ min: 0n, max: 1n << 60n }), bytes => {
      const kibibytes = toKibibytes(bytes, 'b', 'KiB');
      t.true(kibibytes * 1024n >= bytes && (kibibytes - 1n) * 1024n < bytes);
    }),
  );
});

test('a size that no signed 64-bit number of bytes holds is an overflow', t => {
  t.is(t.throws(() => toBytes(8n, 'EiB', 'KiB'), { instanceOf: LibvirtError })?.code, ErrorCode.OVERFLOW);
  t.is(toBytes(7n, 'EiB', 'KiB'), 7n << 60n);
});

test('lists of CPUs are written in their shortest form', t => {
  assert(
    property(uniqueArray(nat(16_383), { minLength: 1 }), members => {
      const text = normalBitmap(members.join(','));
      t.deepEqual(
        parseBitmap(text),
        members.sort((a, b) => a - b),
      );
    }),
  );
  t.is(normalBitmap('0-3,^2, 7,8 ,9'), '0-1,3,7-9');
  t.is(normalBitmap('16383'), '16383');
  t.is(normalBitmap('1,^1'), '');
  for (const text of ['', 'x', '3-1', '16384', '1-', '-1', '1,,2', '^'])
    t.throws(() => parseBitmap(text), { message: `invalid argument: Failed to parse bitmap '${text}'` });
});

test('a host without the schema says so', async t => {
  const error = await t.throwsAsync(schemaCheck('nothing-of-this-name'), { instanceOf: LibvirtError });
  t.regex(error?.message ?? '', /schema .*nothing-of-this-name.rng is missing/);
});

const facts: CapabilitiesFacts = {
  hostUuid: '7eb03c86-7992-4088-b305-66032c84e030',
  arch: 'x86_64',
  pageSizes: [4, 2048],
  powerManagement: [],
  iommu: false,
  cells: [
    {
      id: 0,
      memory: 9_660_192n,
      pages: [
        { size: 4, count: 2_415_048n },
        { size: 2048, count: 0n },
      ],
      distances: [{ id: 0, value: 10 }],
      cpus: [0, 1].map(id => ({ id, place: { socket: 0, die: 0, core: id, siblings: String(id) } })),
    },
  ],
  caches: [],
  securityModels: [{ model: 'none', doi: '0', baseLabels: [] }],
  guests: [
    { arch: 'x86_64', wordSize: 64, emulator: '/usr/lib/libvirt/libvirt_lxc' },
    { arch: 'i686', wordSize: 32, emulator: '/usr/lib/libvirt/libvirt_lxc' },
  ],
};

test('the capabilities of a host are a real daemon’s', t => {
  const recorded = readFileSync(new URL('testdata/capabilities.xml', import.meta.url), 'utf8');
  t.is(formatCapabilities(facts), recorded);
});

const valid = test.macro({
  title: (_, what: string) => `fits libvirt's schema: ${what}`,
  async exec(t, _what: string, schema: string, xml: string) {
    const check = await schemaCheck(schema);
    await t.notThrowsAsync(readXml(xml, { ...options, check }));
  },
});

test(valid, 'capabilities', 'capability', formatCapabilities(facts));
test(
  valid,
  'capabilities with everything',
  'capability',
  formatCapabilities({
    ...facts,
    powerManagement: ['suspend_mem', 'suspend_disk', 'suspend_hybrid'],
    iommu: true,
    caches: [{ id: 0, level: 3, type: 'both', size: 32, unit: 'MiB', cpus: '0-1' }],
    securityModels: [
      { model: 'selinux', doi: '0', baseLabels: [{ type: 'lxc', label: 'system_u:system_r:lxc_t:s0' }] },
    ],
    cells: [{ id: 0, memory: 5n, pages: [], distances: [], cpus: [{ id: 0, place: null }] }],
  }),
);

test('firmware data is written section by section, unknown entries left out', t => {
  const text = formatSysinfo({
    bios: { vendor: 'V & W', version: null, date: '01/01/2020' },
    system: null,
    baseBoards: [{ serial: '1', manufacturer: 'm' }],
    chassis: {},
    processors: [],
    memoryDevices: [],
    oemStrings: ['one'],
  });
  t.is(
    text,
    `<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>V &amp; W</entry>
    <entry name='date'>01/01/2020</entry>
  </bios>
  <baseBoard>
    <entry name='manufacturer'>m</entry>
    <entry name='serial'>1</entry>
  </baseBoard>
  <chassis/>
  <oemStrings>
    <entry>one</entry>
  </oemStrings>
</sysinfo>
`,
  );
});
