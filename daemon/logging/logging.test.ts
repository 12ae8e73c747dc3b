import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { datagramsAt } from '../testing/datagrams.ts';
import { formatFilters, parseFilters, priorityFor } from './filters.ts';
import { logSettings } from './log-settings.ts';
import { Logs } from './logs.ts';
import { formatOutputs, parseOutputs } from './outputs.ts';
import { Priority } from './priority.ts';
import { escape, formatLine } from './text.ts';

const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-logs-'));
test.after.always(() => rmSync(directory, { recursive: true }));

const problem = (parse: () => unknown): string => {
  try {
    parse();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

for (const [text, result] of [
  ['', ''],
  ['  1:rpc   3:util.* ', '1:rpc 3:util.*'],
  ['1:+rpc', '1:rpc'],
  ['1:a:b', '1:a:b'],
  ['1:a,2:b', '1:a,2:b'],
] as const)
  test(`log_filters takes '${text}'`, t => t.is(formatFilters(parseFilters(text)), result));

for (const [text, result] of [
  ['bogus', "Malformed format for filter 'bogus'"],
  ['5:a', "Invalid priority '5' for filter '5:a'"],
  ['0:a', "Invalid priority '0' for filter '0:a'"],
  ['1:', "Invalid match string '' of filter '1:'"],
] as const)
  test(`log_filters refuses '${text}'`, t =>
    t.is(
      problem(() => parseFilters(text)),
      result,
    ));

for (const [source, filters, priority] of [
  ['rpc.server', '1:rpc', Priority.debug],
  ['rpc.server', '2:server', Priority.info],
  ['rpc.server', '2:r?c.*er', Priority.info],
  ['rpc.server', '2:lxc', Priority.warn],
  ['rpc.server', '4:rpc 1:rpc', Priority.error],
  ['lxc', `1:${'*a'.repeat(2000)}`, Priority.warn],
  ['a.b', '1:a?b', Priority.debug],
  ['ab', '1:a?b', Priority.warn],
] as const)
  test(`the source ${source} under ${filters.slice(0, 20)} logs from ${priority}`, t => {
    t.is(priorityFor(source, parseFilters(filters), Priority.warn), priority);
  });

for (const text of ['', '1:stderr', '3:syslog:lxvirtd 1:file:/var/log/a:b.log', '4:journald'])
  test(`log_outputs takes '${text}'`, t => t.is(formatOutputs(parseOutputs(text)), text));

for (const [text, result] of [
  ['x', "Malformed format for log output 'x'"],
  ['9:foo', "Invalid log priority '9' for log output '9:foo'"],
  ['1:bogus', "Invalid log destination 'bogus' for log output '1:bogus'"],
  ['1:file', "Log output '1:file' does not meet the format requirements for destination type 'file'"],
  ['1:file:relative', "Log output '1:file:relative' does not meet the format requirements for destination type 'file'"],
  ['1:syslog', "Log output '1:syslog' does not meet the format requirements for destination type 'syslog'"],
  ['1:stderr:x', "Log output '1:stderr:x' does not meet the format requirements for destination type 'stderr'"],
] as const)
  test(`log_outputs refuses '${text}'`, t =>
    t.is(
      problem(() => parseOutputs(text)),
      result,
    ));

for (const [title, text, result] of [
  ['terminal escapes', 'a\u001b[31mb\u0007', String.raw`a\x1b[31mb\x07`],
  ['line breaks', 'a\nb\r\u2028c', String.raw`a\nb\x0d\u2028c`],
  ['the second set of control characters', 'a\u009b1m', String.raw`a\x9b1m`],
  ['what turns text around', 'a\u202eb', String.raw`a\u202eb`],
  ['nothing else', 'Grüße 日本 🙂\\', 'Grüße 日本 🙂\\'],
] as const)
  test(`a line of the log escapes ${title}`, t => t.is(escape(text), result));

test('a line reads like one of libvirt, with the facts behind the sentence', t => {
  const record = {
    time: new Date('2026-01-02T03:04:05.006Z'),
    priority: Priority.warn,
    source: 'lxc',
    message: 'Cannot start',
    facts: { domain: 'a b', pid: 5, big: 2n ** 40n, list: [1], nothing: undefined, none: null },
  };
  t.is(
    formatLine(record, 42),
    '2026-01-02 03:04:05.006+0000: 42: warning : lxc : Cannot start domain="a b" pid=5 big=1099511627776 list=[1] nothing=undefined none=null\n',
  );
  t.true(formatLine({ ...record, message: 'x'.repeat(1 << 20) }, 42).length < 20_000);
});

test('an error is logged with its stack and its causes, in one line', t => {
  const error = new Error('outer', { cause: new TypeError('inner') });
  const line = formatLine(
    { time: new Date(), priority: Priority.error, source: 'x', message: 'm', facts: { err: error } },
    1,
  );
  t.regex(line, /err="Error: outer\\n.*caused by TypeError: inner/);
  t.is(line.indexOf('\n'), line.length - 1);
});

/** The messages of a log, without what stands before them. */
const messages = (file: string): string[] => readFileSync(file, 'utf8').match(/(?<= : )\w+(?: client=3)?$/gm) ?? [];

test('filters, priorities of outputs and changes at run time decide what is written, for loggers that exist already', t => {
  const path = join(directory, 'levels.log');
  const quiet = join(directory, 'errors.log');
  const logs = new Logs('test', {
    priority: Priority.warn,
    filters: parseFilters('1:rpc'),
    outputs: parseOutputs(`1:file:${path} 4:file:${quiet}`),
  });
  const rpc = logs.logger('rpc');
  const lxc = logs.logger('lxc');
  rpc.debug({}, 'one');
  lxc.info({}, 'two');
  lxc.child({ client: 3 }).error({}, 'three');
  logs.setFilters('4:rpc 1:lxc');
  rpc.warn({}, 'four');
  lxc.debug({}, 'five');
  t.throws(() => logs.setFilters('9:x'));
  t.throws(() => logs.setOutputs('1:file:/nonexistent/directory/x.log'));
  t.is(logs.filters, '4:rpc 1:lxc');
  lxc.debug({}, 'six');
  logs.close();
  t.deepEqual(messages(path), ['one', 'three client=3', 'five', 'six']);
  t.deepEqual(messages(quiet), ['three client=3']);
  t.is(logs.logger('rpc'), rpc);
});

test('a log that was moved away is written anew after reopening', t => {
  const path = join(directory, 'rotated.log');
  const logs = new Logs('test', { priority: Priority.info, filters: [], outputs: parseOutputs(`1:file:${path}`) });
  logs.logger('a').info({}, 'before');
  renameSync(path, `${path}.1`);
  logs.reopen();
  logs.logger('a').info({}, 'after');
  logs.close();
  t.regex(readFileSync(`${path}.1`, 'utf8'), /before\n$/);
  t.regex(readFileSync(path, 'utf8'), /after\n$/);
});

for (const [kind, expected] of [
  [
    'syslog:prog',
    new RegExp(String.raw`^<27>\w{3} [ \d]\d \d\d:\d\d:\d\d prog\[${process.pid}\]: Broken x="a\\nb" request=c1\.2$`),
  ],
  [
    'journald',
    /^MESSAGE=Broken x="a\\nb" request=c1\.2\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=test\nLIBVIRT_SOURCE=lxc\nLXVIRTD_REQUEST=c1\.2\n$/,
  ],
] as const)
  test(`${kind} gets a datagram of its own form`, async t => {
    const path = join(directory, `${kind}.sock`);
    const arriving = datagramsAt(path);
    t.teardown(() => arriving.return(undefined));
    t.is((await arriving.next()).value, 'up');
    const sockets = { syslog: path, journald: path };
    const logs = new Logs(
      'test',
      { priority: Priority.warn, filters: [], outputs: parseOutputs(`1:${kind}`) },
      sockets,
    );
    logs.logger('lxc').error({ x: 'a\nb', request: 'c1.2' }, 'Broken');
    const { value } = await arriving.next();
    t.regex(String(value), expected);
    logs.close();
  });

test('a log daemon that is not there does not disturb', t => {
  const missing = { syslog: '/nonexistent/syslog', journald: '/nonexistent/journal' };
  const logs = new Logs(
    'test',
    { priority: Priority.warn, filters: [], outputs: parseOutputs('1:journald 1:syslog:x') },
    missing,
  );
  t.notThrows(() => logs.logger('lxc').error({}, 'lost'));
  logs.close();
});

const surroundings = {
  verbose: false,
  detached: false,
  directory: '/var/log/x',
  journald: '/nonexistent/socket',
  env: {},
};
const nothing = { log_level: 0, log_filters: '', log_outputs: '' };
for (const [title, request, around, expected] of [
  ['at a terminal, warnings to stderr', {}, {}, '3 3:stderr'],
  ['verbose, information', {}, { verbose: true }, '2 2:stderr'],
  ['detached, a file', {}, { detached: true }, '3 3:file:/var/log/x/lxvirtd.log'],
  ['detached on a host with a journal, the journal', {}, { detached: true, journald: '/dev/null' }, '3 3:journald'],
  ['as configured', { log_level: 1, log_outputs: '4:syslog:x' }, { verbose: true }, '1 4:syslog:x'],
  [
    'as the environment says',
    { log_level: 4, log_outputs: '4:syslog:x' },
    { env: { LIBVIRT_DEBUG: '1', LIBVIRT_LOG_OUTPUTS: '1:stderr' } },
    '1 1:stderr',
  ],
] as const)
  test(`the default is ${title}`, t => {
    const settings = logSettings({ ...nothing, ...request }, { ...surroundings, ...around });
    t.is(`${settings.priority} ${formatOutputs(settings.outputs)}`, expected);
  });

test('a wrong log setting is named by its key', t => {
  t.throws(() => logSettings({ ...nothing, log_filters: 'x' }, surroundings), { message: /^log_filters: Malformed/ });
  t.throws(() => logSettings({ ...nothing, log_outputs: 'x' }, surroundings), { message: /^log_outputs: Malformed/ });
});
