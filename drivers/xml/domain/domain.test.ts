import test from 'ava';
import { assert, asyncProperty, string } from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ErrorCode } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { type Recorded, recorded } from '../testing/recorded.ts';
import type { DomainDefinition } from './definition.ts';
import { formatDevice, parseDevice } from './device.ts';
import { formatDomain } from './format.ts';
import { metadataElement, withDescription, withMetadataElement, withTitle } from './metadata.ts';
import { parseDomain } from './parse.ts';
import { formatStatus, parseStatus } from './status.ts';
import { formatStoredDomain } from './stored.ts';

interface RecordedDomain extends Recorded {
  readonly got?: string | null;
  readonly status?: string;
  readonly live?: string;
  readonly secure?: string;
  readonly migratable?: string;
  readonly inactive?: string;
}

/** Where our answer is not the real daemon's, and why. A row that comes to agree must leave this list. */
const differences: Readonly<Record<string, string>> = {
  'metadata cdata and comment': 'processing instructions in metadata are dropped',
  'metadata inherited name space': 'each metadata element declares its own name space, so that it stands alone',
  'metadata empty': 'metadata without an element is not kept',
  'metadata text only': 'metadata without an element is not kept',
  escapes: 'a carriage return is written as a reference: as it is, no reader would see it again',
  'attribute escapes': 'the value is escaped: what the real daemon writes is no XML',
  'blkiotune iops bad w': 'of two bad values another one is reported',
  'vcpu current same': 'a count that is given is kept also when it is all: given, it is a limit',
  'cputune all': 'schedulers of vCPUs are kept as they are written, not one by one',
  'vcpupin vcpu too high': 'a pin of a vCPU that is not there is kept',
  'filesystem driver format lxc raw alone': 'a format without a driver is kept, because it chooses the driver',
  'partition empty': 'the real daemon answers that the cause is unknown',
  '<resource/>': 'the real daemon answers that the cause is unknown',
  'memory backing': 'node sets of huge pages are kept without guest NUMA nodes',
  'bandwidth zero': 'a bandwidth that limits nothing is not kept',
  'hostdev usb nothing': 'the source is written: without it nobody could read the document again',
  'hostdev usb unknown': 'the source is written: without it nobody could read the document again',
  'hostdev scsi': 'SCSI devices of the host get no address in a container',
  'devices in order': 'smart cards get no address in a container',
  'duplicate alias': 'users name devices, each by a name of its own',
  'console ua alias': 'users name devices',
  'interface of everything': 'users name devices',
  'disk of everything less': 'users name devices',
  'route gateway of the other family': 'the message names the gateway, not the address',
};

/** Random values are the same for both. */
const withoutRandom = (xml: string, input: string): string => {
  let text = xml;
  if (!/<uuid>[^<]/.test(input)) text = text.replace(/<uuid>.*?<\/uuid>/, '<uuid/>');
  if (!input.includes('mac address')) text = text.replace(/<mac address='[^']*'/g, '<mac');
  if (input.includes('<genid/>')) text = text.replace(/<genid>.*?<\/genid>/, '<genid/>');
  if (!input.includes('interfaceid')) text = text.replace(/interfaceid='[^']*'/g, 'interfaceid');
  return text;
};

const answer = async (work: () => Promise<string>): Promise<Pick<Recorded, 'output' | 'error'>> => {
  try {
    return { output: await work() };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    const { code, domain, message } = error;
    return { error: { code, domain, message } };
  }
};

const inactive = (definition: DomainDefinition): string => formatDomain(definition, { inactive: true, secure: true });

const sameAsRecorded = test.macro({
  title: (_, row: Recorded) => `a stored domain reads as a real daemon has it: ${row.name}`,
  async exec(t, { input, output, error, name }: Recorded) {
    const ours = await answer(async () => withoutRandom(inactive(await parseDomain(input)), input));
    const theirs = error === undefined ? { output: withoutRandom(output ?? '', input) } : { error };
    if (differences[name] === undefined) t.deepEqual(ours, theirs);
    else t.notDeepEqual(ours, theirs, `${name} agrees by now`);
  },
});

const rows = recorded<RecordedDomain>('domain');
for (const row of rows) test(sameAsRecorded, row);

test('every listed difference belongs to a recorded document', t => {
  t.deepEqual(
    Object.keys(differences).filter(name => !rows.some(row => row.name === name)),
    [],
  );
});

/** Those that are read. */
const readable = rows.filter(({ error, name }) => error === undefined && name !== 'duplicate alias');

test('what is written reads as the same definition and is written the same again', async t => {
  for (const { input, name } of readable) {
    const first = await parseDomain(input);
    const text = inactive(first);
    const second = await parseDomain(text);
    t.deepEqual(second, first, name);
    t.is(inactive(second), text, name);
  }
});

test('another XML reader sees the same names and values in what is written', async t => {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, trimValues: false });
  for (const { input, name } of readable) {
    if (name === 'escapes') continue;
    const definition = await parseDomain(input);
    const text = inactive(definition);
    t.is(XMLValidator.validate(text), true, name);
    const { domain } = parser.parse(text);
    t.is(domain['@_type'], 'lxc', name);
    t.is(domain.memory['#text'], String(definition.memory), name);
    t.is(domain.uuid, definition.uuid, name);
  }
});

for (const row of recorded<RecordedDomain>('running'))
  test(`a running domain's documents are a real daemon's: ${row.name}`, async t => {
    const status = await parseStatus(row.status ?? '');
    const { definition, controllerPid: id } = status;
    t.is(formatStatus(status).replace(/^<!--[^]*?-->\n\n/, ''), withAccessmode(row.status));
    t.is(formatDomain(definition, { id }), withAccessmode(row.live));
    t.is(formatDomain(definition, { id, secure: true }), withAccessmode(row.secure));
    t.is(formatDomain(definition, { id, migratable: true }), withAccessmode(row.migratable));
  });

/** The real daemon leaves it out of the root file system that it adds itself, until it reads its file again. */
const withAccessmode = (xml: string | undefined): string =>
  (xml ?? '').replace("<filesystem type='mount'>", "<filesystem type='mount' accessmode='passthrough'>");

for (const row of recorded<RecordedDomain>('device'))
  test(`a device is read as a real daemon reads it: ${row.name}`, async t => {
    const { output, error } = await answer(async () => formatDevice(await parseDevice(row.input)));
    if (row.error?.message.endsWith('persistent attach of device is not supported') === true) t.is(error, undefined);
    else if (row.error !== undefined) t.deepEqual(error, row.error);
    else t.true((row.output ?? '').includes((output ?? 'nothing').replace(/^(?=.)/gm, '    ')));
  });

for (const row of recorded<RecordedDomain>('validate'))
  test(`a document is checked against the schema as a real daemon does it: ${row.name}`, async t => {
    const { output, error } = await answer(async () => inactive(await parseDomain(row.input, { validate: true })));
    t.deepEqual(error, row.error);
    t.is(output, row.output);
  });

/** A document may declare the key itself: the real daemon refuses that without need. */
const ownMetadata = 'its own name space already';

for (const row of recorded<RecordedDomain>('metadata'))
  test(`metadata is set and got as a real daemon does it: ${row.name}`, async t => {
    const [first = '', ...rest] = row.input.split('\n');
    const [key = '', uri = ''] = first.split(' ');
    const start = await parseDomain(minimal("<metadata><old:x xmlns:old='http://old/'/></metadata>"));
    const changed = async (): Promise<DomainDefinition> => withMetadataElement(start, uri, key, rest.join('\n'));
    const ours = await answer(
      async () => /^ {2}<metadata>[^]*<\/metadata>\n/m.exec(inactive(await changed()))?.[0] ?? '',
    );
    if (row.name === ownMetadata) return t.regex(ours.output ?? '', /<e:foo xmlns:e="http:\/\/e\/">/);
    t.deepEqual(ours, row.error === undefined ? { output: row.output } : { error: row.error });
    if (row.error !== undefined) return undefined;
    const got = await answer(async () => metadataElement(await changed(), uri));
    if (row.got === null) return t.is(got.error?.code, ErrorCode.NO_DOMAIN_METADATA);
    return t.is(got.output, row.got);
  });

const minimal = (inside = ''): string =>
  `<domain type='lxc'><name>a</name><uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c5</uuid><memory>5</memory>` +
  `<os><type>exe</type><init>/i</init></os>${inside}</domain>`;

test('titles, descriptions and metadata elements are set and removed', async t => {
  const start = await parseDomain(minimal());
  t.is(withTitle(start, 'x').title, 'x');
  t.is(withTitle(start, '').title, null);
  t.throws(() => withTitle(start, 'a\nb'), { message: "invalid argument: metadata title can't contain newlines" });
  t.is(withDescription(start, 'a\nb').description, 'a\nb');
  const changed = await withMetadataElement(start, 'http://a/', 'a', '<x/>');
  t.is((await withMetadataElement(changed, 'http://a/', null, null)).metadata.length, 0);
});

test('limits of zero are not written', async t => {
  const start = await parseDomain(minimal());
  const none = { path: '/dev/sda', weight: 0, readIopsSec: 0, writeIopsSec: null, readBytesSec: 0n, writeBytesSec: 0n };
  const changed = { ...start, blkiotune: { weight: 0, devices: [none, { ...none, path: '/dev/sdb', weight: 5 }] } };
  const text = inactive(changed);
  t.false(text.includes('/dev/sda'));
  t.regex(text, /<blkiotune>\n    <device>\n      <path>\/dev\/sdb<\/path>\n      <weight>5<\/weight>\n    <\/device>/);
});

test('a stored file starts with a comment that no name can end', async t => {
  const definition = await parseDomain(minimal());
  const text = formatStoredDomain({ ...definition, name: 'a--><b>--' });
  t.is((await parseDomain(text)).name, 'a--><b>--');
});

test('a status file keeps the notes of the daemon', async t => {
  const definition = await parseDomain(minimal());
  const notes = { boot: '1 & 2', empty: '' };
  const status = { state: 'running', reason: 'booted', controllerPid: 7, initPid: 8, definition, notes };
  t.deepEqual((await parseStatus(formatStatus(status))).notes, notes);
});

test('a status file that names no pid, or no domain, is refused', async t => {
  await t.throwsAsync(parseStatus(`<domstatus state='running'>${minimal()}</domstatus>`), { message: /names no pid/ });
  await t.throwsAsync(parseStatus(`<domstatus pid='1'><init pid='2'/></domstatus>`), { message: /no domain config/ });
});

test('secrets are shown only to those who ask for them', async t => {
  const video = "<video><model type='vga'/></video>";
  const definition = await parseDomain(
    minimal(`<devices><graphics type='vnc' port='5900' passwd='sesame'/>${video}</devices>`),
  );
  t.false(formatDomain(definition).includes('sesame'));
  t.true(formatDomain(definition, { secure: true }).includes("passwd='sesame'"));
});

/** Values that trip readers: names of JavaScript's own properties, and numbers beyond their kind. */
const odd = ['', 'constructor', '__proto__', '-1', '1e9', '0x', '99999999999999999999', ' ', 'a\u{1f600}'];

test('whatever stands in an attribute or a text, the answer is a definition or an error of libvirt', async t => {
  let count = 0;
  for (const { input, error } of rows) {
    if (error !== undefined) continue;
    for (const { index, 0: found } of input.matchAll(/(?<==['"])[^'"<]*(?=['"])|(?<=>)[^<]+(?=<)/g)) {
      const value = odd[count++ % odd.length] ?? '';
      const mutated = input.slice(0, index) + value + input.slice(index + found.length);
      const ours = await answer(async () => inactive(await parseDomain(mutated)));
      if (ours.output !== undefined) t.is(inactive(await parseDomain(ours.output)), ours.output, mutated);
    }
  }
  t.true(count > 3000);
});

test('any text survives in arguments, environments and descriptions', async t => {
  const text = string({ unit: 'binary', minLength: 1 }).filter(isXmlText);
  await assert(
    asyncProperty(text, text, text, async (argument, value, description) => {
      const start = await parseDomain(minimal());
      const os = { ...start.os, initArgs: [argument], initEnv: [{ name: value, value: argument }] };
      const definition = { ...start, description, os };
      const again = await parseDomain(formatDomain(definition));
      t.deepEqual(again.os, os);
      t.is(again.description, description);
    }),
    { numRuns: 200 },
  );
});

/** What an XML document can hold at all, and is more than the blanks that a parser may drop. */
const isXmlText = (text: string): boolean =>
  Array.from(text).every(character => {
    const code = character.codePointAt(0) ?? 0;
    return (
      code === 9 || code === 10 || code === 13 || (code >= 0x20 && code < 0xd800) || (code > 0xdfff && code < 0xfffe)
    );
  }) && text.trim() !== '';
