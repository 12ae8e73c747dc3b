import test from 'ava';
import { LibvirtError } from '../../contract/error.ts';
import { recorded } from '../testing/recorded.ts';
import { formatPoolCapabilities } from './pool-capabilities.ts';
import { poolTypes } from './pool-definition.ts';
import { formatSources, parseSourceSpecification } from './pool-sources.ts';
import { formatPool, formatPoolState, formatStoredPool, parsePool, parsePoolState } from './pool.ts';

interface Answer {
  readonly xml: string;
  /** What libvirt 9.0 shows of the pool, with its name for a UUID that it made up. */
  readonly document?: string;
  /** Its error's code, domain and message. */
  readonly error?: readonly [number, number, string];
}

const answers = recorded<Answer>('storage-pool');

/** Ours: libvirt 9 knows no btrfs in pools of type "fs". */
const isOurs = ({ xml }: Answer): boolean => xml.includes("<format type='btrfs'/>");

const withoutMadeUp = (document: string): string =>
  document.replace(/<uuid>(?!11111111).*<\/uuid>/, '<uuid>UUID</uuid>');

async function answerOf(xml: string): Promise<Omit<Answer, 'xml'>> {
  try {
    return { document: withoutMadeUp(formatPool(await parsePool(xml))) };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return { error: [error.code, error.domain, error.message] };
  }
}

test('documents of pools of all types are answered as libvirt answers them', async t => {
  t.true(answers.length > 120);
  for (const { xml, ...expected } of answers.filter(answer => !isOurs(answer)))
    t.deepEqual(await answerOf(xml), expected, xml);
});

test('what is written is read as the same', async t => {
  for (const { document } of answers) {
    if (document === undefined) continue;
    const definition = await parsePool(document.replace('UUID', '11111111-2222-3333-4444-555555555555'));
    t.deepEqual(await parsePool(formatPool(definition)), definition, document);
    t.deepEqual(await parsePool(formatStoredPool(definition)), definition);
    t.deepEqual(await parsePoolState(formatPoolState(definition)), definition);
  }
});

test('pools of a file system may be btrfs', async t => {
  const xml =
    "<pool type='fs'><name>a</name><source><device path='/dev/x'/><format type='btrfs'/></source>" +
    '<target><path>/a</path></target></pool>';
  t.is((await parsePool(xml)).source.format, 'btrfs');
});

test('a document that the schema does not know is refused when asked', async t => {
  const xml = "<pool type='dir'><name>q</name><foo/><target><path>/q</path></target></pool>";
  await t.notThrowsAsync(parsePool(xml));
  await t.throwsAsync(parsePool(xml, true), { instanceOf: LibvirtError, message: /Unable to validate doc against/ });
});

test('the capabilities list every type, with or without formats', t => {
  const document = formatPoolCapabilities(type => type === 'dir');
  t.deepEqual(
    [...document.matchAll(/<pool type='(.*)' supported='(.*)'>/g)].map(([, type, supported]) => [type, supported]),
    poolTypes.map(type => [type, type === 'dir' ? 'yes' : 'no']),
  );
  t.regex(document, /<pool type='iscsi' supported='no'>\n {2}<\/pool>\n/);
  t.regex(document, /<defaultFormat type='lvm2'\/>\n {6}<enum name='sourceFormatType'>\n {8}<value>unknown<\/value>/);
});

test('sources that were found are listed as a client may name them', async t => {
  const found = formatSources('netfs', [{ hosts: [{ name: 'h', port: 0 }], directory: '/x', format: 'nfs' }]);
  t.is(
    found,
    "<sources>\n  <source>\n    <host name='h'/>\n    <dir path='/x'/>\n    <format type='nfs'/>\n  </source>\n</sources>\n",
  );
  t.is(formatSources('logical', []), '<sources>\n</sources>\n');
  const specification = await parseSourceSpecification('netfs', "<source><host name='h'/></source>");
  t.deepEqual(specification.hosts, [{ name: 'h', port: 0 }]);
});
