import test from 'ava';
import * as fc from 'fast-check';
import { ErrorCode } from '../../../contract/constants.ts';
import { LibvirtError } from '../../../contract/error.ts';
import { parseRequest } from './dispatch.ts';
import { formatJson } from './json.ts';
import { commands } from './table.ts';

const said = (name: string, text: string): string =>
  `internal error: unable to execute QEMU agent command '${name}': ${text}`;

const wrong: [string, string][] = [
  ['', 'internal error: cannot parse the agent command: it is no JSON'],
  ['{', 'internal error: cannot parse the agent command: it is no JSON'],
  ['[]', 'internal error: the agent command is no JSON object'],
  ['null', 'internal error: the agent command is no JSON object'],
  ['{}', "internal error: QMP input lacks member 'execute'"],
  ['{"execute":1}', "internal error: QMP input lacks member 'execute'"],
  ['{"execute":"x"}', said('x', 'The command x has not been found')],
  ['{"execute":"__proto__"}', said('__proto__', 'The command __proto__ has not been found')],
  ['{"execute":"a\\u001b[1m"}', said('a\ufffd[1m', 'The command a\ufffd[1m has not been found')],
  ['{"execute":"guest-ping","other":1}', said('guest-ping', "QMP input member 'other' is unexpected")],
  ['{"execute":"guest-ping","arguments":[]}', said('guest-ping', "QMP input member 'arguments' must be an object")],
  ['{"execute":"guest-ping","arguments":{"x":1}}', said('guest-ping', "Parameter 'x' is unexpected")],
  ['{"execute":"guest-sync"}', said('guest-sync', "Parameter 'id' is missing")],
  [
    '{"execute":"guest-sync","arguments":{"id":1.5}}',
    said('guest-sync', "Invalid parameter type for 'id', expected: integer"),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":1}}',
    said('guest-exec', "Invalid parameter type for 'path', expected: string"),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":"a","arg":"b"}}',
    said('guest-exec', "Invalid parameter type for 'arg', expected: array"),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":"a","arg":[1]}}',
    said('guest-exec', "Invalid parameter type for 'arg', expected: array"),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":"a","arg":["\\u0000"]}}',
    said('guest-exec', 'Invalid parameter: a word has a zero byte'),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":"a","input-data":"?"}}',
    said('guest-exec', "Parameter 'input-data' is not base64"),
  ],
  [
    '{"execute":"guest-exec","arguments":{"path":"a","capture-output":"merged"}}',
    said(
      'guest-exec',
      "Invalid parameter type for 'capture-output', expected: false, true, none, stdout, stderr, separated",
    ),
  ],
  [
    '{"execute":"guest-file-open","arguments":{"path":"a","mode":"x"}}',
    said('guest-file-open', "invalid file open mode 'x'"),
  ],
  [
    '{"execute":"guest-file-open","arguments":{"path":"a","mode":"constructor"}}',
    said('guest-file-open', "invalid file open mode 'constructor'"),
  ],
  [
    '{"execute":"guest-file-read","arguments":{"handle":1,"count":-1}}',
    said('guest-file-read', "value '-1' is invalid for argument count"),
  ],
  [
    '{"execute":"guest-file-read","arguments":{"handle":1,"count":99999999}}',
    said('guest-file-read', "value '99999999' is invalid for argument count"),
  ],
  [
    '{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":"YQ==","count":2}}',
    said('guest-file-write', "value '2' is invalid for argument count"),
  ],
  [
    '{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0}}',
    said('guest-file-seek', "Parameter 'whence' is missing"),
  ],
  [
    '{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":3}}',
    said('guest-file-seek', "Invalid parameter type for 'whence', expected: set, cur, end, 0, 1, 2"),
  ],
  ['{"execute":"guest-fstrim","arguments":{"minimum":-1}}', said('guest-fstrim', "Invalid parameter 'minimum'")],
  ['{"execute":"guest-shutdown","arguments":{"mode":"x"}}', said('guest-shutdown', "Invalid parameter 'mode'")],
  [
    '{"execute":"guest-set-user-password","arguments":{"username":"a","password":"YQ=="}}',
    said('guest-set-user-password', "Parameter 'crypted' is missing"),
  ],
];

for (const [text, message] of wrong)
  test(`${text === '' ? 'nothing' : text} is refused`, t => {
    const error = t.throws(() => parseRequest(text), { instanceOf: LibvirtError });
    t.is(error?.message, message);
    t.is(error?.code, ErrorCode.INTERNAL_ERROR);
  });

test('a document of any depth is refused or read, and nothing breaks', t => {
  const depth = 1_000_000;
  const deep = `{"execute":"guest-ping","arguments":{"x":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
  t.throws(() => parseRequest(deep), { instanceOf: LibvirtError });
});

for (const name of ['guest-ping', 'guest-info', 'guest-get-osinfo', 'guest-fsfreeze-freeze', 'guest-exec-status'])
  test(`${name} is known`, t => t.true(commands.has(name)));

test('answers are one line of JSON, with numbers of any size', t => {
  const answer = { a: [1n << 62n, true, null, 'x\n"', { b: undefined }], c: -0.5, d: [] };
  t.is(formatJson(answer), '{"a":[4611686018427387904,true,null,"x\\n\\"",{}],"c":-0.5,"d":[]}');
});

const names = [
  'path',
  'mode',
  'arg',
  'env',
  'handle',
  'count',
  'buf-b64',
  'offset',
  'whence',
  'keys',
  'username',
  'pid',
];

test('whatever a client sends is a command or is refused, and nothing else', t => {
  const argument = fc.oneof(fc.jsonValue(), fc.constantFrom('', 'r', 'YQ==', '/etc', 0, -1, 2 ** 53, [], ['a'], null));
  const args = fc.dictionary(fc.constantFrom(...names), argument);
  const known = fc.record(
    { execute: fc.constantFrom(...commands.keys()), arguments: args },
    { requiredKeys: ['execute'] },
  );
  fc.assert(
    fc.property(fc.oneof(known, fc.jsonValue()), document => {
      try {
        return typeof parseRequest(JSON.stringify(document)).name === 'string';
      } catch (error) {
        return error instanceof LibvirtError;
      }
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
