import test, { type ExecutionContext } from 'ava';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LibvirtError } from '../contract/error.ts';
import { hostPaths, type Paths } from '../contract/paths.ts';
import type { SecretDriver, SecretEvent } from '../contract/secret.ts';
import { createSecretDriver } from './driver.ts';

const uuid = (number: number): string => `11111111-2222-3333-4444-${String(number).padStart(12, '0')}`;

interface Wish {
  readonly ephemeral?: string;
  readonly private?: string;
  readonly usage?: string;
}

const document = (number: number, { ephemeral, private: isPrivate, usage = '' }: Wish = {}): string =>
  `<secret${ephemeral === undefined ? '' : ` ephemeral='${ephemeral}'`}` +
  `${isPrivate === undefined ? '' : ` private='${isPrivate}'`}><uuid>${uuid(number)}</uuid>${usage}</secret>`;

const named = (type: string, name: string): string => `<usage type='${type}'><name>${name}</name></usage>`;
const volume = (path: string): string => `<usage type='volume'><volume>${path}</volume></usage>`;
const target = (name: string): string => `<usage type='iscsi'><target>${name}</target></usage>`;

interface Fixture {
  readonly driver: SecretDriver;
  readonly paths: Paths;
  readonly directory: string;
  readonly events: SecretEvent[];
  readonly complaints: string[];
  /** Another driver over the same files, as after a restart. */
  readonly restarted: () => Promise<SecretDriver>;
}

async function setUp(t: ExecutionContext): Promise<Fixture> {
  const root = mkdtempSync(join(tmpdir(), 'lxvirtd-secret-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const paths = hostPaths(root);
  const complaints: string[] = [];
  const complain = (facts: object, message: string): unknown =>
    complaints.push(`${message} ${JSON.stringify(Object.values(facts).map(String))}`);
  const log = { debug: complain, info: complain, warn: complain, error: complain };
  const driver = createSecretDriver({ paths, log });
  await driver.start();
  const events: SecretEvent[] = [];
  driver.secretEvents.subscribe(event => events.push(event));
  return {
    driver,
    paths,
    directory: join(paths.etc, 'secrets'),
    events,
    complaints,
    restarted: async () => {
      const next = createSecretDriver({ paths, log });
      await next.start();
      return next;
    },
  };
}

const failure = async (action: () => unknown): Promise<unknown> => {
  try {
    await action();
  } catch (error) {
    return error instanceof LibvirtError ? [error.code, error.domain, error.message] : error;
  }
  return null;
};

const mode = (path: string): number => statSync(path).mode & 0o777;
const text = (value: Uint8Array): string => Buffer.from(value).toString();

const refusedDocuments: readonly (readonly [string, string, number, number, string])[] = [
  [
    'a volume without path',
    document(1, { usage: "<usage type='volume'><volume/></usage>" }),
    1,
    30,
    'internal error: volume usage specified, but volume path is missing',
  ],
  [
    'a client of ceph without name',
    document(1, { usage: "<usage type='ceph'/>" }),
    1,
    30,
    'internal error: Ceph usage specified, but name is missing',
  ],
  [
    'an iSCSI target in the wrong element',
    document(1, { usage: named('iscsi', 'a') }),
    1,
    30,
    'internal error: iSCSI usage specified, but target is missing',
  ],
  [
    'a TLS key without name',
    document(1, { usage: "<usage type='tls'/>" }),
    1,
    30,
    'internal error: TLS usage specified, but name is missing',
  ],
  [
    'a vTPM without name',
    document(1, { usage: "<usage type='vtpm'/>" }),
    1,
    30,
    'internal error: vTPM usage specified, but name is missing',
  ],
  [
    'an unknown use',
    document(1, { usage: "<usage type='foo'/>" }),
    67,
    30,
    'unsupported configuration: unknown secret usage type foo',
  ],
  [
    'a use that every object has',
    document(1, { usage: "<usage type='toString'/>" }),
    67,
    30,
    'unsupported configuration: unknown secret usage type toString',
  ],
  ['a use without type', document(1, { usage: '<usage/>' }), 27, 30, 'XML error: unknown secret usage type'],
  ['neither yes nor no', document(1, { ephemeral: 'maybe' }), 27, 30, "XML error: invalid value of 'ephemeral'"],
  ['no UUID', '<secret><uuid>zz</uuid></secret>', 1, 30, 'internal error: malformed uuid element'],
  ['another root', '<secrets/>', 27, 5, "XML error: expecting root element of 'secret', not 'secrets'"],
  ['no XML', '', 35, 30, '(definition_of_secret):1: Document is empty\n(null)\n^'],
];

for (const [what, xml, ...expected] of refusedDocuments)
  test(`a document with ${what} is refused`, async t => {
    const { driver, directory } = await setUp(t);
    t.deepEqual(await failure(() => driver.secretDefineXml(xml, 0)), expected);
    t.deepEqual(readdirSync(directory), []);
  });

const uses: readonly (readonly [string, number, string, string])[] = [
  [volume('/var/x.img'), 1, '/var/x.img', 'volume'],
  [named('ceph', 'client.x y'), 2, 'client.x y', 'name'],
  [target('iqn.a:b'), 3, 'iqn.a:b', 'target'],
  [named('tls', 'key'), 4, 'key', 'name'],
  [named('vtpm', 'chip'), 5, 'chip', 'name'],
];

for (const [usage, usageType, usageID, element] of uses)
  test(`a secret for use ${usageType} is found by it, and shows it`, async t => {
    const { driver } = await setUp(t);
    const ref = { uuid: uuid(1), usageType, usageID };
    t.deepEqual(await driver.secretDefineXml(document(1, { private: 'yes', usage }), 0), ref);
    t.deepEqual(driver.secretLookupByUsage(usageType, usageID), ref);
    t.deepEqual(driver.secretLookupByUuid(uuid(1)), ref);
    const [, type] = /type='(\w+)'/.exec(usage) ?? [];
    t.is(
      driver.secretGetXmlDesc(uuid(1), 0),
      `<secret ephemeral='no' private='yes'>\n  <uuid>${uuid(1)}</uuid>\n  <usage type='${type}'>\n` +
        `    <${element}>${usageID}</${element}>\n  </usage>\n</secret>\n`,
    );
    t.deepEqual(await failure(() => driver.secretLookupByUsage(usageType, 'another')), [
      66,
      30,
      "Secret not found: no secret with matching usage 'another'",
    ]);
  });

test('a secret for nothing in particular is found by its UUID alone', async t => {
  const { driver } = await setUp(t);
  await driver.secretDefineXml(document(1, { usage: "<usage type='none'/>" }), 0);
  t.is(driver.secretLookupByUuid(uuid(1)).usageID, '');
  t.like(await failure(() => driver.secretLookupByUsage(0, '')), { 0: 66 });
});

/** What is there, what comes, and libvirt's answer. */
const redefinitions: readonly (readonly [string, string, string, string | null])[] = [
  [
    'take the use of another',
    document(1, { usage: named('tls', 'a') }),
    document(2, { usage: named('tls', 'a') }),
    `internal error: a secret with UUID ${uuid(1)} already defined for use with a`,
  ],
  [
    'have a name that is used for something else',
    document(1, { usage: named('tls', 'a') }),
    document(2, { usage: named('ceph', 'a') }),
    null,
  ],
  [
    'change what it is for',
    document(1, { usage: named('tls', 'a') }),
    document(1, { usage: named('tls', 'b') }),
    `internal error: a secret with UUID ${uuid(1)} is already defined for use with a`,
  ],
  [
    'get a use',
    document(1),
    document(1, { usage: named('tls', 'b') }),
    `internal error: a secret with UUID ${uuid(1)} is already defined for use with (null)`,
  ],
  [
    'become public',
    document(1, { private: 'yes' }),
    document(1),
    'internal error: cannot change private flag on existing secret',
  ],
  ['become private', document(1), document(1, { private: 'yes' }), null],
  ['become ephemeral', document(1), document(1, { ephemeral: 'yes' }), null],
];

for (const [what, first, second, expected] of redefinitions)
  test(`a secret ${expected === null ? 'can' : 'cannot'} ${what}`, async t => {
    const { driver } = await setUp(t);
    await driver.secretDefineXml(first, 0);
    const answer = await failure(() => driver.secretDefineXml(second, 0));
    t.deepEqual(answer, expected === null ? null : [1, 30, expected]);
  });

test('of two that want one use at the same time one gets it', async t => {
  const { driver } = await setUp(t);
  const attempts = [1, 2, 3, 4].map(number =>
    driver.secretDefineXml(document(number, { usage: named('tls', 'a') }), 0),
  );
  const outcomes = await Promise.allSettled(attempts);
  t.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('values are any bytes, are handed out as copies, and survive a restart', async t => {
  const { driver, restarted } = await setUp(t);
  const bytes = Buffer.from([0, 1, 255, 10, 0]);
  await driver.secretDefineXml(document(1), 0);
  t.deepEqual(await failure(() => driver.secretGetValue(uuid(1), 0)), [
    66,
    30,
    `Secret not found: secret '${uuid(1)}' does not have a value`,
  ]);
  await driver.secretSetValue(uuid(1), bytes, 0);
  driver.secretGetValue(uuid(1), 0).fill(7);
  t.deepEqual(Buffer.from(driver.secretGetValue(uuid(1), 0)), bytes);
  t.deepEqual(Buffer.from((await restarted()).secretGetValue(uuid(1), 0)), bytes);
});

test('a private value is for other drivers only', async t => {
  const { driver } = await setUp(t);
  await driver.secretDefineXml(document(1, { private: 'yes', usage: named('ceph', 'c') }), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('s'), 0);
  t.deepEqual(await failure(() => driver.secretGetValue(uuid(1), 0)), [65, 30, 'Invalid secret: secret is private']);
  t.is(text(driver.secretValueByUuid(uuid(1))), 's');
  t.is(text(driver.secretValueByUsage(2, 'c')), 's');
});

test('only root can read what lies on disk', async t => {
  const { driver, directory } = await setUp(t);
  await driver.secretDefineXml(document(1), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('abc'), 0);
  t.is(mode(directory), 0o700);
  t.deepEqual(readdirSync(directory).sort(), [`${uuid(1)}.base64`, `${uuid(1)}.xml`]);
  for (const file of readdirSync(directory)) t.is(mode(join(directory, file)), 0o600, file);
  t.is(readFileSync(join(directory, `${uuid(1)}.base64`), 'utf8'), 'YWJj');
});

test('an ephemeral secret is never on disk', async t => {
  const { driver, directory, restarted } = await setUp(t);
  await driver.secretDefineXml(document(1, { ephemeral: 'yes' }), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('abc'), 0);
  t.is(text(driver.secretGetValue(uuid(1), 0)), 'abc');
  t.deepEqual(readdirSync(directory), []);
  t.is((await restarted()).connectNumOfSecrets(), 0);
});

test('the value goes where the document goes when a secret becomes ephemeral and back', async t => {
  const { driver, directory, restarted } = await setUp(t);
  await driver.secretDefineXml(document(1), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('abc'), 0);
  await driver.secretDefineXml(document(1, { ephemeral: 'yes' }), 0);
  t.deepEqual(readdirSync(directory), []);
  t.is(text(driver.secretGetValue(uuid(1), 0)), 'abc');
  await driver.secretDefineXml(document(1), 0);
  t.is(text((await restarted()).secretGetValue(uuid(1), 0)), 'abc');
});

test('what is undefined is gone, on disk too', async t => {
  const { driver, directory } = await setUp(t);
  await driver.secretDefineXml(document(1), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('abc'), 0);
  await driver.secretUndefine(uuid(1));
  t.deepEqual(readdirSync(directory), []);
  const gone = [66, 30, `Secret not found: no secret with matching uuid '${uuid(1)}'`];
  for (const call of [
    () => driver.secretUndefine(uuid(1)),
    () => driver.secretSetValue(uuid(1), Buffer.from('a'), 0),
    () => driver.secretGetValue(uuid(1), 0),
    () => driver.secretGetXmlDesc(uuid(1), 0),
    () => driver.secretLookupByUuid(uuid(1)),
    () => driver.secretValueByUuid(uuid(1)),
  ])
    t.deepEqual(await failure(call), gone);
});

test('events tell definitions and values, in their order', async t => {
  const { driver, events } = await setUp(t);
  await driver.secretDefineXml(document(1, { usage: named('tls', 'k') }), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('abc'), 0);
  await driver.secretUndefine(uuid(1));
  const secret = { uuid: uuid(1), usageType: 4, usageID: 'k' };
  t.deepEqual<unknown, unknown>(events, [
    { kind: 'lifecycle', secret, event: 0 },
    { kind: 'valueChanged', secret },
    { kind: 'lifecycle', secret, event: 1 },
  ]);
});

/** Flags, and which of: 1 ephemeral, 2 private, 3 both, 4 neither. */
const listings: readonly (readonly [number, number[]])[] = [
  [0, [1, 2, 3, 4]],
  [1, [1, 3]],
  [2, [2, 4]],
  [3, [1, 2, 3, 4]],
  [4, [2, 3]],
  [5, [3]],
  [10, [4]],
  [15, [1, 2, 3, 4]],
];

test('lists are filtered', async t => {
  const { driver } = await setUp(t);
  await driver.secretDefineXml(document(1, { ephemeral: 'yes' }), 0);
  await driver.secretDefineXml(document(2, { private: 'yes' }), 0);
  await driver.secretDefineXml(document(3, { ephemeral: 'yes', private: 'yes' }), 0);
  await driver.secretDefineXml(document(4), 0);
  for (const [flags, numbers] of listings)
    t.deepEqual(
      driver.connectListAllSecrets(flags).map(({ uuid }) => uuid),
      numbers.map(uuid),
      String(flags),
    );
  t.deepEqual(driver.connectListSecrets(), [1, 2, 3, 4].map(uuid));
  t.is(driver.connectNumOfSecrets(), 4);
});

const unknownFlags: readonly (readonly [string, (driver: SecretDriver) => unknown])[] = [
  ['secretConnectListAllSecrets', driver => driver.connectListAllSecrets(16)],
  ['secretDefineXML', driver => driver.secretDefineXml('', 16)],
  ['secretGetXMLDesc', driver => driver.secretGetXmlDesc('', 16)],
  ['secretSetValue', driver => driver.secretSetValue('', Buffer.from('a'), 16)],
  ['secretGetValue', driver => driver.secretGetValue('', 16)],
];

for (const [name, call] of unknownFlags)
  test(`${name} takes no unknown flags`, async t => {
    const { driver } = await setUp(t);
    t.deepEqual(await failure(() => call(driver)), [8, 30, `unsupported flags (0x10) in function ${name}`]);
  });

test('a document is checked against the schema when the call asks for it', async t => {
  const { driver } = await setUp(t);
  const xml = document(1).replace('</secret>', '<foo/></secret>');
  t.like(await failure(() => driver.secretDefineXml(xml, 1)), { 0: 92, 1: 5 });
  t.is(await failure(() => driver.secretDefineXml(document(1), 1)), null);
});

test('a damaged file is reported without its text, and left; the others are read', async t => {
  const { driver, directory, complaints, restarted } = await setUp(t);
  for (const number of [1, 2, 3]) {
    await driver.secretDefineXml(document(number, { usage: named('tls', `key${number}`) }), 0);
    await driver.secretSetValue(uuid(number), Buffer.from('abc'), 0);
  }
  writeFileSync(join(directory, `${uuid(1)}.base64`), 'TOPSECRET!');
  writeFileSync(join(directory, `${uuid(2)}.xml`), '<secret');
  writeFileSync(join(directory, `${uuid(9)}.xml`), document(3));
  writeFileSync(join(directory, `${uuid(4)}.xml`), document(4, { usage: named('tls', 'key3') }));
  const next = await restarted();
  t.deepEqual(next.connectListSecrets(), [1, 3].map(uuid));
  t.like(await failure(() => next.secretGetValue(uuid(1), 0)), { 0: 66 });
  t.is(text(next.secretGetValue(uuid(3), 0)), 'abc');
  t.is(complaints.length, 4);
  t.notRegex(complaints.join('\n'), /TOPSECRET|abc/);
  t.true(existsSync(join(directory, `${uuid(2)}.xml`)));
});

test('a reload finds secrets that appeared on disk, and takes no change that could not be made by a call', async t => {
  const { driver, directory } = await setUp(t);
  await driver.secretDefineXml(document(1, { private: 'yes' }), 0);
  writeFileSync(join(directory, `${uuid(1)}.xml`), document(1));
  writeFileSync(join(directory, `${uuid(2)}.xml`), document(2));
  writeFileSync(join(directory, `${uuid(2)}.base64`), 'YWJj');
  await driver.reload();
  t.is(text(driver.secretGetValue(uuid(2), 0)), 'abc');
  t.like(await failure(() => driver.secretGetValue(uuid(1), 0)), { 0: 65 });
});

test('no value is in an error, not even when the disk refuses it', async t => {
  const { driver, directory } = await setUp(t);
  await driver.secretDefineXml(document(1), 0);
  await driver.secretSetValue(uuid(1), Buffer.from('first'), 0);
  rmSync(directory, { recursive: true });
  const answer = await failure(() => driver.secretSetValue(uuid(1), Buffer.from('second'), 0));
  t.like(answer, { 0: 38, 1: 30 });
  t.notRegex(JSON.stringify(answer), /second|c2Vjb25k/);
  t.is(text(driver.secretGetValue(uuid(1), 0)), 'first');
});
