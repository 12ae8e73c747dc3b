import test from 'ava';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { fileFormats } from './volume-formats.ts';
import { formatVolume, parseVolume } from './volume.ts';

const parse = (xml: string, options = {}) => parseVolume(xml, { formats: fileFormats, ...options });

const inTarget = (target: string): string =>
  `<volume><name>x</name><capacity>1</capacity><target>${target}</target></volume>`;

test('what a request leaves out is filled in', async t => {
  const read = await parse("<volume><name>a</name><capacity unit='MiB'>3</capacity></volume>");
  t.is(read.type, 'file');
  t.is(read.capacity, 3n << 20n);
  t.is(read.allocation, null);
  t.is(read.target.format, 'raw');
  t.false(read.target.nocow);
});

test('what only the host can tell is not taken from a document', async t => {
  const read = await parse(
    '<volume><name>a</name><key>/k</key><capacity>1</capacity><physical>5</physical><target><path>/etc/shadow</path>' +
      '<timestamps><atime>1.2</atime></timestamps></target></volume>',
  );
  t.is(read.key, null);
  t.is(read.physical, null);
  t.is(read.target.path, null);
  t.is(read.target.timestamps, null);
});

test('a volume is written as libvirt writes it', t => {
  const secret = { type: 'passphrase', uuid: '12345678-1234-1234-1234-123456789012', usage: null } as const;
  const permissions = { mode: 0o600, owner: 0, group: 0, label: null };
  const timestamps = { atime: 1795719041285277637n, mtime: 1n, ctime: 2_000_000_000n, btime: 0n };
  const written = formatVolume(
    {
      name: 'q',
      key: '/p/q',
      type: 'file',
      capacity: 1073741824n,
      allocation: 200704n,
      physical: 196616n,
      extents: [],
      target: {
        path: '/p/q',
        format: 'qcow2',
        permissions,
        timestamps,
        encryption: { format: 'luks', engine: null, secrets: [secret], cipher: null, ivgen: null },
        compat: '1.1',
        clusterSize: 65536n,
        features: [],
        nocow: true,
      },
      backingStore: { path: 'nbd://h/x', format: 'raw', permissions: null, timestamps: null },
    },
    fileFormats,
  );
  t.is(
    written,
    `<volume type='file'>
  <name>q</name>
  <key>/p/q</key>
  <capacity unit='bytes'>1073741824</capacity>
  <allocation unit='bytes'>200704</allocation>
  <physical unit='bytes'>196616</physical>
  <target>
    <path>/p/q</path>
    <format type='qcow2'/>
    <permissions>
      <mode>0600</mode>
      <owner>0</owner>
      <group>0</group>
    </permissions>
    <timestamps>
      <atime>1795719041.285277637</atime>
      <mtime>0.000000001</mtime>
      <ctime>2</ctime>
      <btime>0</btime>
    </timestamps>
    <encryption format='luks'>
      <secret type='passphrase' uuid='12345678-1234-1234-1234-123456789012'/>
    </encryption>
    <compat>1.1</compat>
    <clusterSize unit='B'>65536</clusterSize>
    <features/>
  </target>
  <backingStore>
    <path>nbd://h/x</path>
    <format type='raw'/>
  </backingStore>
</volume>
`,
  );
});

test('features ask for the version that has them', async t => {
  const { target } = await parse(inTarget("<format type='qcow2'/><features><lazy_refcounts/></features>"));
  t.deepEqual([target.compat, target.features], ['1.1', ['lazy_refcounts']]);
});

test('a source or a backing store makes a capacity needless', async t => {
  t.is((await parse('<volume><name>a</name></volume>', { fromSource: true })).capacity, null);
  const backed = await parse('<volume><name>a</name><backingStore><path>/b</path></backingStore></volume>');
  t.is(backed.capacity, null);
  t.deepEqual(backed.backingStore, { path: '/b', format: 'raw', permissions: null, timestamps: null });
});

const secretOf = (attributes: string): string =>
  inTarget(`<encryption format='luks'><secret ${attributes}/></encryption>`);

for (const [xml, code, domain, message] of [
  ['<volume/>', 'XML_ERROR', 'STORAGE', 'XML error: missing volume name element'],
  ['<foo/>', 'XML_ERROR', 'XML', "XML error: expecting root element of 'volume', not 'foo'"],
  ['<volume><name/><capacity>1</capacity></volume>', 'XML_ERROR', 'STORAGE', 'XML error: missing volume name element'],
  ['<volume><name>x</name></volume>', 'XML_ERROR', 'STORAGE', 'XML error: missing capacity element'],
  [
    '<volume><name>x</name><capacity>-1</capacity></volume>',
    'XML_ERROR',
    'STORAGE',
    'XML error: malformed capacity element',
  ],
  [
    "<volume><name>x</name><capacity unit='foo'>1</capacity></volume>",
    'INVALID_ARG',
    'NONE',
    "invalid argument: unknown suffix 'foo'",
  ],
  [
    "<volume><name>x</name><capacity unit='E'>100</capacity></volume>",
    'OVERFLOW',
    'NONE',
    'numerical overflow: value too large: 100E',
  ],
  [
    "<volume type='foo'><name>x</name></volume>",
    'CONFIG_UNSUPPORTED',
    'STORAGE',
    "unsupported configuration: unknown volume type 'foo'",
  ],
  [
    inTarget("<format type='bogus'/>"),
    'CONFIG_UNSUPPORTED',
    'STORAGE',
    'unsupported configuration: unknown volume format type bogus',
  ],
  [inTarget('<permissions><mode>9</mode></permissions>'), 'XML_ERROR', 'STORAGE', 'XML error: malformed octal mode'],
  [
    inTarget('<permissions><mode>77777</mode></permissions>'),
    'XML_ERROR',
    'STORAGE',
    'XML error: malformed octal mode',
  ],
  [
    inTarget('<permissions><owner>-2</owner></permissions>'),
    'XML_ERROR',
    'STORAGE',
    'XML error: malformed owner element',
  ],
  [
    inTarget('<permissions><group>foo</group></permissions>'),
    'XML_ERROR',
    'STORAGE',
    'XML error: malformed group element',
  ],
  [inTarget('<compat>1</compat>'), 'XML_ERROR', 'STORAGE', "XML error: forbidden characters in 'compat' attribute"],
  [
    inTarget('<features><foo/></features>'),
    'CONFIG_UNSUPPORTED',
    'STORAGE',
    'unsupported configuration: unsupported feature foo',
  ],
  [
    inTarget("<encryption format='foo'/>"),
    'CONFIG_UNSUPPORTED',
    'STORAGE',
    'unsupported configuration: unknown volume encryption format type foo',
  ],
  [inTarget('<encryption/>'), 'XML_ERROR', 'STORAGE', 'XML error: unknown volume encryption format'],
  [secretOf(''), 'XML_ERROR', 'STORAGE', 'XML error: unknown volume encryption secret type'],
  [
    secretOf("type='foo'"),
    'CONFIG_UNSUPPORTED',
    'STORAGE',
    'unsupported configuration: unknown volume encryption secret type foo',
  ],
  [secretOf("type='passphrase' uuid='x'"), 'XML_ERROR', 'NONE', "XML error: invalid secret uuid 'x'"],
] as const)
  test(`${xml} is refused`, async t => {
    const error = await t.throwsAsync(parse(xml), { instanceOf: LibvirtError });
    t.is(error?.message, message);
    t.is(error?.code, ErrorCode[code]);
    t.is(error?.domain, ErrorDomain[domain]);
  });
