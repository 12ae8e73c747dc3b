import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  ConnectListAllDomainsFlags as List,
  DomainMetadataType as Metadata,
  ErrorCode as Code,
  ErrorDomain,
} from '../contract/constants.ts';
import type { DomainRef } from '../contract/domain.ts';
import { LibvirtError } from '../contract/error.ts';
import { DriverFixture } from './testing/driver-fixture.ts';
import { domainXml } from './testing/domain-xml.ts';

const UUID = '11111111-2222-3333-4444-555555555555';
const OTHER = '11111111-2222-3333-4444-555555555556';

async function started(
  t: ExecutionContext,
  ...prepare: Parameters<typeof DriverFixture.start>
): Promise<DriverFixture> {
  const fixture = await DriverFixture.start(...prepare);
  t.teardown(() => fixture.remove());
  return fixture;
}

/** Code, domain and text of what an action fails with. */
async function failure(action: () => unknown): Promise<[number, number, string]> {
  try {
    await action();
  } catch (error) {
    if (error instanceof LibvirtError) return [error.code, error.domain, error.message];
    throw error;
  }
  throw new Error('Nothing was refused');
}

type Action = (fixture: DriverFixture, ref: DomainRef) => unknown;

/** What libvirt's driver answers to calls on a persistent domain "a" that does not run. */
const refused = test.macro<[Action, number, number, string]>({
  title: (title = '') => `refused: ${title}`,
  async exec(t, action, code, domain, text) {
    const fixture = await started(t);
    const ref = await fixture.driver.domainDefineXmlFlags(domainXml({ name: 'a', uuid: UUID }), 0);
    t.deepEqual(await failure(() => action(fixture, ref)), [code, domain, text]);
  },
});

const gone: DomainRef = { name: 'b', uuid: OTHER, id: -1 };
const { LXC, DOMAIN } = ErrorDomain;
const notRunning = 'Requested operation is not valid: domain is not running';
const noDomain = `Domain not found: no domain with matching uuid '${OTHER}' (b)`;
const unknown = (flags: string, caller: string): string => `unsupported flags (${flags}) in function ${caller}`;

test(
  'an unknown name',
  refused,
  f => f.driver.domainLookupByName('x'),
  Code.NO_DOMAIN,
  LXC,
  "Domain not found: No domain with matching name 'x'",
);
test(
  'an unknown UUID',
  refused,
  f => f.driver.domainLookupByUuid(OTHER),
  Code.NO_DOMAIN,
  LXC,
  `Domain not found: No domain with matching uuid '${OTHER}'`,
);
test(
  'an unknown id',
  refused,
  f => f.driver.domainLookupById(99),
  Code.NO_DOMAIN,
  LXC,
  'Domain not found: No domain with matching id 99',
);
test(
  'the state of a domain that is gone',
  refused,
  f => f.driver.domainGetState(gone, 0),
  Code.NO_DOMAIN,
  LXC,
  noDomain,
);
test('starting a domain that is gone', refused, f => f.start(gone), Code.NO_DOMAIN, LXC, noDomain);
test(
  'a name that another domain has',
  refused,
  f => f.driver.domainDefineXmlFlags(domainXml({ name: 'a', uuid: OTHER }), 0),
  Code.OPERATION_FAILED,
  DOMAIN,
  `operation failed: domain 'a' already exists with uuid ${UUID}`,
);
test(
  'a UUID that another domain has',
  refused,
  f => f.driver.domainDefineXmlFlags(domainXml({ name: 'b', uuid: UUID }), 0),
  Code.OPERATION_FAILED,
  DOMAIN,
  `operation failed: domain 'a' is already defined with uuid ${UUID}`,
);
test(
  'creating one whose name is taken',
  refused,
  f => f.driver.domainCreateXml(f.caller, domainXml({ name: 'a', uuid: OTHER }), [], 0),
  Code.OPERATION_FAILED,
  DOMAIN,
  `operation failed: domain 'a' already exists with uuid ${UUID}`,
);
test(
  'unknown flags of define',
  refused,
  f => f.driver.domainDefineXmlFlags('', 2),
  Code.INVALID_ARG,
  LXC,
  unknown('0x2', 'lxcDomainDefineXMLFlags'),
);
test(
  'unknown flags of create',
  refused,
  (f, ref) => f.driver.domainCreateWithFlags(f.caller, ref, [], 1),
  Code.INVALID_ARG,
  LXC,
  unknown('0x1', 'lxcDomainCreateWithFiles'),
);
test(
  'unknown flags of create from XML',
  refused,
  f => f.driver.domainCreateXml(f.caller, '', [], 1),
  Code.INVALID_ARG,
  LXC,
  unknown('0x1', 'lxcDomainCreateXMLWithFiles'),
);
test(
  'unknown flags of undefine',
  refused,
  (f, ref) => f.driver.domainUndefineFlags(ref, 64),
  Code.INVALID_ARG,
  LXC,
  unknown('0x40', 'lxcDomainUndefineFlags'),
);
test(
  'unknown flags of destroy',
  refused,
  (f, ref) => f.driver.domainDestroyFlags(ref, 1),
  Code.INVALID_ARG,
  LXC,
  unknown('0x1', 'lxcDomainDestroyFlags'),
);
test(
  'unknown flags of shutdown',
  refused,
  (f, ref) => f.driver.domainShutdownFlags(ref, 1),
  Code.INVALID_ARG,
  LXC,
  unknown('0x1', 'lxcDomainShutdownFlags'),
);
test(
  'unknown flags of reboot',
  refused,
  (f, ref) => f.driver.domainReboot(ref, 0x10),
  Code.INVALID_ARG,
  LXC,
  unknown('0x10', 'lxcDomainReboot'),
);
test(
  'unknown flags of list',
  refused,
  f => f.driver.connectListAllDomains(1 << 20),
  Code.INVALID_ARG,
  LXC,
  unknown('0x100000', 'lxcConnectListAllDomains'),
);
test(
  'unknown flags of the XML',
  refused,
  (f, ref) => f.driver.domainGetXmlDesc(ref, 4),
  Code.INVALID_ARG,
  LXC,
  unknown('0x4', 'lxcDomainGetXMLDesc'),
);
test(
  'unknown flags of the state',
  refused,
  (f, ref) => f.driver.domainGetState(ref, 1),
  Code.INVALID_ARG,
  LXC,
  unknown('0x1', 'lxcDomainGetState'),
);
test(
  'unknown flags of the hostname',
  refused,
  (f, ref) => f.driver.domainGetHostname(ref, 4),
  Code.INVALID_ARG,
  LXC,
  unknown('0x4', 'lxcDomainGetHostname'),
);
test(
  'unknown flags with the highest bit',
  refused,
  (f, ref) => f.driver.domainGetState(ref, -2147483648),
  Code.INVALID_ARG,
  LXC,
  unknown('0x80000000', 'lxcDomainGetState'),
);
test(
  'destroying what does not run',
  refused,
  (f, ref) => f.driver.domainDestroyFlags(ref, 0),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'shutting down what does not run',
  refused,
  (f, ref) => f.driver.domainShutdownFlags(ref, 0),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'suspending what does not run',
  refused,
  (f, ref) => f.driver.domainSuspend(ref),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'resuming what does not run',
  refused,
  (f, ref) => f.driver.domainResume(ref),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'signalling what does not run',
  refused,
  (f, ref) => f.driver.domainSendProcessSignal(ref, 1n, 9, 0),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'a signal that there is not',
  refused,
  (f, ref) => f.driver.domainSendProcessSignal(ref, 1n, 999, 0),
  Code.INVALID_ARG,
  LXC,
  'invalid argument: signum value 999 is out of range',
);
test(
  'the console of what does not run',
  refused,
  (f, ref) => f.driver.domainOpenConsole(ref, null, 0),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'live metadata of what does not run',
  refused,
  (f, ref) => f.driver.domainSetMetadata(ref, Metadata.TITLE, 't', null, null, 1),
  Code.OPERATION_INVALID,
  DOMAIN,
  notRunning,
);
test(
  'a title of two lines',
  refused,
  (f, ref) => f.driver.domainSetMetadata(ref, Metadata.TITLE, 'a\nb', null, null, 0),
  Code.INVALID_ARG,
  DOMAIN,
  "metadata title can't contain newlines",
);
test(
  'metadata of no kind',
  refused,
  (f, ref) => f.driver.domainGetMetadata(ref, 9, null, 0),
  Code.INVALID_ARG,
  DOMAIN,
  "invalid argument: unknown metadata type '9'",
);
test(
  'metadata without its name space',
  refused,
  (f, ref) => f.driver.domainGetMetadata(ref, Metadata.ELEMENT, null, 0),
  Code.INVALID_ARG,
  DOMAIN,
  'uri in virDomainGetMetadata must not be NULL',
);
test(
  'metadata of both kinds of definition',
  refused,
  (f, ref) => f.driver.domainGetMetadata(ref, Metadata.TITLE, null, 3),
  Code.INVALID_ARG,
  DOMAIN,
  "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive",
);
test(
  'a title that is not there',
  refused,
  (f, ref) => f.driver.domainGetMetadata(ref, Metadata.TITLE, null, 0),
  Code.NO_DOMAIN_METADATA,
  DOMAIN,
  'metadata not found: Requested metadata element is not present',
);
test(
  'a start without a console',
  refused,
  async f => f.start(await f.driver.domainDefineXmlFlags(domainXml({ name: 'c', console: '' }), 0)),
  Code.CONFIG_UNSUPPORTED,
  LXC,
  'unsupported configuration: At least one PTY console is required',
);
for (const uri of ['', 'lxc:', 'lxc:///', 'lxc:/system', 'lxc:///system', 'lxc://root@/?keep=1']) {
  test(`'${uri}' is a URI of this driver`, async t => {
    const { driver } = await started(t);
    t.notThrows(() => driver.connectOpen(uri, 0));
  });
}

const uris: [uri: string, code: Code, domain: ErrorDomain, message: string][] = [
  ['qemu:///system', Code.NO_CONNECT, ErrorDomain.NONE, 'no connection driver available for qemu:///system'],
  ['lxc+unix:///', Code.NO_CONNECT, ErrorDomain.NONE, 'no connection driver available for lxc+unix:///'],
  ['lxc://elsewhere/', Code.NO_CONNECT, ErrorDomain.NONE, 'no connection driver available for lxc://elsewhere/'],
  [
    '/x',
    Code.NO_CONNECT,
    ErrorDomain.NONE,
    "no connection driver available for URI '/x' does not include a driver name",
  ],
  ['lxc:///x', Code.INTERNAL_ERROR, LXC, "internal error: Unexpected LXC URI path '/x', try lxc:///system"],
  ['lxc:// /', Code.INTERNAL_ERROR, ErrorDomain.URI, 'internal error: Unable to parse URI lxc:// /'],
];
for (const [uri, code, domain, message] of uris) {
  test(`the URI '${uri}'`, refused, f => f.driver.connectOpen(uri, 0), code, domain, message);
}

test('a definition is stored, announced, updated and removed', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await driver.domainDefineXmlFlags(domainXml({ name: 'a', uuid: UUID }), 0);
  t.deepEqual(ref, { name: 'a', uuid: UUID, id: -1 });
  t.deepEqual(fixture.takeEvents('a'), ['0.0']);
  const file = fixture.file('etc', 'a.xml');
  t.is(statSync(file).mode & 0o777, 0o600);
  t.true(readFileSync(file, 'utf8').includes("<memory unit='KiB'>65536</memory>"));
  await driver.domainDefineXmlFlags(domainXml({ name: 'a', uuid: UUID, memory: 70000 }), 0);
  t.deepEqual(fixture.takeEvents('a'), ['0.1']);
  t.true(readFileSync(file, 'utf8').includes("<memory unit='KiB'>70000</memory>"));
  t.true(driver.domainGetXmlDesc(ref, 0).includes("<memory unit='KiB'>70000</memory>"));
  await driver.domainUndefineFlags(ref, 0);
  t.deepEqual(fixture.takeEvents('a'), ['1.0']);
  t.false(existsSync(file));
  t.deepEqual(driver.connectListAllDomains(0), []);
});

test('what cannot be stored is not defined', async t => {
  const fixture = await started(t);
  const name = 'x'.repeat(255);
  const [code, domain, text] = await failure(() => fixture.driver.domainDefineXmlFlags(domainXml({ name }), 0));
  t.deepEqual([code, domain], [Code.SYSTEM_ERROR, ErrorDomain.NONE]);
  t.regex(text, /^Failed to create file '.*x\.xml': .*too long/);
  t.deepEqual(fixture.driver.connectListAllDomains(0), []);
  t.deepEqual(fixture.events, []);
  t.deepEqual(readdirSync(fixture.file('etc')), ['autostart']);
});

for (const name of [
  '../x',
  'a/b',
  '/etc/passwd',
  '..',
  '.',
  'a b',
  '-rf',
  'é',
  "q'x",
  'a&b',
  '$(x)',
  '..xml',
  'autostart',
])
  test(`the name ${JSON.stringify(name)} stays in its directory`, async t => {
    const fixture = await started(t);
    try {
      const ref = await fixture.driver.domainDefineXmlFlags(domainXml({ name }), 0);
      await fixture.driver.domainSetAutostart(ref, true);
      t.deepEqual(readdirSync(fixture.file('etc')).toSorted(), [`${name}.xml`, 'autostart'].toSorted());
      await fixture.restart();
      t.is(fixture.driver.domainLookupByName(name).uuid, ref.uuid);
      t.true(fixture.driver.domainGetAutostart(ref));
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      t.true(name.includes('/'));
      t.is(error.code, Code.XML_ERROR);
      t.deepEqual(readdirSync(fixture.file('etc')), ['autostart']);
    }
  });

test('autostart is a link to the definition and goes with it', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await driver.domainDefineXmlFlags(domainXml({ name: 'a' }), 0);
  await driver.domainSetAutostart(ref, true);
  t.is(readlinkSync(fixture.file('etc', 'autostart', 'a.xml')), fixture.file('etc', 'a.xml'));
  t.true(driver.domainGetAutostart(ref));
  await driver.domainSetAutostart(ref, false);
  t.deepEqual(readdirSync(fixture.file('etc', 'autostart')), []);
  await driver.domainSetAutostart(ref, true);
  await driver.domainUndefineFlags(ref, 0);
  t.deepEqual(readdirSync(fixture.file('etc', 'autostart')), []);
});

test('metadata of a defined domain is stored and announced', async t => {
  const fixture = await started(t);
  const ref = await fixture.driver.domainDefineXmlFlags(domainXml({ name: 'a' }), 0);
  fixture.events.splice(0);
  await fixture.driver.domainSetMetadata(ref, Metadata.TITLE, 'A title', null, null, 0);
  await fixture.driver.domainSetMetadata(ref, Metadata.ELEMENT, "<x a='1'/>", 'k', 'http://x', 2);
  t.deepEqual(
    fixture.events.map(event => (event.kind === 'metadataChange' ? [event.type, event.nsuri] : event.kind)),
    [
      [Metadata.TITLE, null],
      [Metadata.ELEMENT, 'http://x'],
    ],
  );
  await fixture.restart();
  t.is(fixture.driver.domainGetMetadata(ref, Metadata.TITLE, null, 0), 'A title');
  t.true(fixture.driver.domainGetMetadata(ref, Metadata.ELEMENT, 'http://x', 0).includes('<x'));
  await fixture.driver.domainSetMetadata(ref, Metadata.TITLE, '', null, null, 0);
  t.is(
    (await failure(() => fixture.driver.domainGetMetadata(ref, Metadata.TITLE, null, 0)))[0],
    Code.NO_DOMAIN_METADATA,
  );
});

test('files that are no definitions are reported, passed over and left alone', async t => {
  const files = {
    'half.xml': '<domain type="lxc"><na',
    'other.xml': domainXml({ name: 'somebody' }),
    'fine.xml': domainXml({ name: 'fine', uuid: UUID }),
    'twin.xml': domainXml({ name: 'twin', uuid: UUID }),
    '.lxvirtd-0123456789abcdef': domainXml({ name: 'draft' }),
    notes: 'no XML',
  };
  const fixture = await started(t, ({ etc }) => {
    mkdirSync(join(etc, 'lxc', 'directory.xml'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, 'lxc', name), text);
    symlinkSync('/dev/zero', join(etc, 'lxc', 'zero.xml'));
  });
  t.deepEqual(fixture.driver.connectListDefinedDomains(), ['fine']);
  t.is(fixture.complaints.length, 5, fixture.complaints.join('\n'));
  t.deepEqual(
    readdirSync(fixture.file('etc')).toSorted(),
    [...Object.keys(files), 'autostart', 'directory.xml', 'zero.xml'].toSorted(),
  );
});

test('a reload finds the definitions that have appeared', async t => {
  const fixture = await started(t);
  await fixture.driver.domainDefineXmlFlags(domainXml({ name: 'a' }), 0);
  writeFileSync(fixture.file('etc', 'new.xml'), domainXml({ name: 'new' }));
  fixture.events.splice(0);
  await fixture.driver.reload();
  t.deepEqual(fixture.takeEvents('new'), ['0.0']);
  t.deepEqual(fixture.takeEvents('a'), []);
  t.is(fixture.driver.connectNumOfDefinedDomains(), 2);
});

const listed = test.macro<[number, string[]]>({
  title: (title = '') => `listing ${title}`,
  async exec(t, flags, names) {
    const fixture = await started(t);
    const a = await fixture.driver.domainDefineXmlFlags(domainXml({ name: 'a' }), 0);
    await fixture.driver.domainDefineXmlFlags(domainXml({ name: 'b' }), 0);
    await fixture.driver.domainSetAutostart(a, true);
    t.deepEqual(
      fixture.driver.connectListAllDomains(flags).map(({ name }) => name),
      names,
    );
  },
});
test('everything', listed, 0, ['a', 'b']);
test('what runs', listed, List.ACTIVE, []);
test('what does not run', listed, List.INACTIVE, ['a', 'b']);
test('both', listed, List.ACTIVE | List.INACTIVE, ['a', 'b']);
test('what starts with the host', listed, List.AUTOSTART, ['a']);
test('what does not', listed, List.NO_AUTOSTART, ['b']);
test('persistent ones that are shut off', listed, List.PERSISTENT | List.SHUTOFF, ['a', 'b']);
test('transient ones', listed, List.TRANSIENT, []);
test('saved ones', listed, List.MANAGEDSAVE, []);
test('ones without snapshots and checkpoints', listed, List.NO_SNAPSHOT | List.NO_CHECKPOINT, ['a', 'b']);
test('ones in another state', listed, List.OTHER, []);

test('calls that define the same domain at once end in one of its definitions', async t => {
  const fixture = await started(t);
  const memories = Array.from({ length: 20 }, (_, at) => 65536 + at);
  await Promise.all(
    memories.map(memory => fixture.driver.domainDefineXmlFlags(domainXml({ name: 'a', uuid: UUID, memory }), 0)),
  );
  const ref = fixture.driver.domainLookupByName('a');
  const stored = readFileSync(fixture.file('etc', 'a.xml'), 'utf8');
  t.true(stored.endsWith(fixture.driver.domainGetXmlDesc(ref, 2)));
  t.deepEqual(fixture.takeEvents('a'), ['0.0', ...Array<string>(19).fill('0.1')]);
});
