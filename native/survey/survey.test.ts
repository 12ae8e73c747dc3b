import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { TestDirectory } from '../controller/testing/busybox-root.ts';
import { until } from '../controller/testing/console-reader.ts';
import { mutate } from '../controller/testing/mutate.ts';
import { socketPair } from '../ffi/libc.ts';
import { reap } from '../ffi/posix-spawn.ts';
import { spawnProgram } from '../launch/spawn-program.ts';
import { isDirectory, isFile, isLink } from './file-facts.ts';
import { encodeLook } from './survey-messages.ts';
import { SurveyTeam } from './survey-team.ts';
import { Surveyor } from './surveyor.ts';

const place = new TestDirectory();
const directory = join(place.path, 'files');
const program = join(place.path, 'surveyor');
test.after.always(() => place[Symbol.dispose]());

test.before(t => {
  t.timeout(120_000);
  const make = spawnSync('make', [
    '-C',
    join(import.meta.dirname, '../controller'),
    '-s',
    `OUT=${program}`,
    'sanitized-surveyor',
  ]);
  if (make.status !== 0) throw new Error(String(make.stderr));
  mkdirSync(directory);
  writeFileSync(join(directory, 'long'), `${'head'.repeat(1024)}tail`);
  writeFileSync(join(directory, 'short'), 'abc');
  writeFileSync(join(directory, 'empty'), '');
  mkdirSync(join(directory, 'tree'));
  symlinkSync('/etc/passwd', join(directory, 'link'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  execFileSync('mknod', [join(directory, 'zero'), 'c', '1', '5']);
});

const pieces = [
  { offset: 0, length: 4 },
  { offset: 4094, length: 5 },
];

async function start(): Promise<Surveyor> {
  const fd = openSync(directory, constants.O_RDONLY);
  try {
    return await Surveyor.start(fd, pieces, program);
  } finally {
    closeSync(fd);
  }
}

const asked = (name: string, kind = 0, known: bigint | null = null) => ({ name, kind, known });

test('a surveyor tells what there is, and how files begin', async t => {
  const server = createServer().listen(join(directory, 'socket'));
  t.teardown(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  using surveyor = await start();
  const names = (await surveyor.list(100)) ?? [];
  t.deepEqual(names.map(({ name }) => name).toSorted(), readdirSync(directory).toSorted());
  const reports = await surveyor.look(names.map(({ name, kind }) => asked(name, kind)));
  const report = (name: string) => reports[names.findIndex(listed => listed.name === name)] ?? null;
  const texts = (name: string) => report(name)?.pieces?.map(String) ?? null;
  t.deepEqual(texts('long'), ['head', 'adtai']);
  t.deepEqual(texts('short'), ['abc', '']);
  t.deepEqual(texts('empty'), ['', '']);
  for (const name of ['tree', 'link', 'pipe', 'zero', 'socket']) t.is(texts(name), null, name);
  const kinds = ['short', 'tree', 'link'].map(name => report(name)?.facts);
  t.deepEqual(
    kinds.map(facts => facts && [isFile(facts), isDirectory(facts), isLink(facts)]),
    [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ],
  );
});

test('what it tells of a file is what the system does', async t => {
  using surveyor = await start();
  const [report] = await surveyor.look([asked('short')]);
  const { mode, uid, gid, size, blocks, mtimeNs, ctimeNs, birthtimeNs } = statSync(join(directory, 'short'), {
    bigint: true,
  });
  t.like(report?.facts, {
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size,
    blocks,
    mtime: mtimeNs,
    ctime: ctimeNs,
    btime: birthtimeNs,
  });
});

test('a file that is known is not opened, one that is gone or is said to be what it is not has no report', async t => {
  using surveyor = await start();
  const { ctimeNs } = statSync(join(directory, 'short'), { bigint: true });
  const FILE = 8;
  const reports = await surveyor.look([
    asked('short', FILE, ctimeNs),
    asked('short', FILE, ctimeNs - 1n),
    asked('gone'),
    asked('link', FILE),
    asked('pipe', FILE),
  ]);
  t.deepEqual(
    reports.map(report => report && (report.pieces?.length ?? 'none')),
    ['none', 2, null, null, 'none'],
  );
});

test('many requests are answered in their order', async t => {
  using surveyor = await start();
  const rounds = Array.from({ length: 50 }, (_, round) => (round % 2 === 0 ? 'long' : 'short'));
  const answers = await Promise.all(rounds.map(name => surveyor.look(Array.from({ length: 100 }, () => asked(name)))));
  t.deepEqual(
    answers.map(reports => reports.map(report => report?.facts.size)),
    rounds.map(name => Array.from({ length: 100 }, () => (name === 'long' ? 4100n : 3n))),
  );
});

test('a list has a limit', async t => {
  using surveyor = await start();
  t.is(await surveyor.list(3), null);
  await t.throwsAsync(surveyor.list(3));
});

test.serial('a surveyor that is killed is none, and its team goes on without', async t => {
  using team = new SurveyTeam(directory, pieces);
  await team.grow(2);
  t.is(team.size, 2);
  const surveyors = children().filter(isSurveyor);
  t.true(surveyors.length >= 2);
  for (const pid of surveyors) process.kill(pid, 'SIGKILL');
  t.is(await team.list(100), undefined);
  t.is(await team.look([asked('short')]), undefined);
  t.is(await team.look([asked('short')]), undefined);
  t.is(team.size, 0);
});

/** Of whichever thread. */
const children = (): number[] =>
  readdirSync('/proc/self/task').flatMap(task =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

const isSurveyor = (pid: number): boolean => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'lxvirt-surveyor\n';

test('there is no team for a directory that is not there', async t => {
  using team = new SurveyTeam(join(directory, 'gone'), pieces);
  await team.grow(1);
  t.is(team.size, 0);
});

test('broken requests end a surveyor, and never break it', async t => {
  t.timeout(120_000);
  const good = encodeLook(['long', 'tree', 'gone', '..'].map(name => asked(name)));
  const log = openSync(join(place.path, 'log'), 'w');
  const files = openSync(directory, 'r');
  const attack = async (seed: number): Promise<void> => {
    const [ours, theirs] = socketPair();
    const argv = ['lxvirt-surveyor', '0', '4096'];
    const started = spawnProgram({ file: program, argv, log, files: [theirs, files] });
    closeSync(theirs);
    const socket = new Socket({ fd: ours, readable: true, writable: true }).resume();
    // One that ends with requests unread resets the connection.
    socket.on('error', () => undefined);
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.end(mutate(good, seed));
    await closed;
    const pid = await started;
    await until('it has ended', () => ended(pid, seed));
  };
  await Promise.all(Array.from({ length: 24 }, (_, index) => attack(index + 1)));
  t.is(readFileSync(join(place.path, 'log'), 'utf8'), '');
});

/** Throws when a signal has ended it. */
function ended(pid: number, seed: number): boolean {
  const status = reap(pid);
  if (status !== null && ![0, 1 << 8].includes(status)) throw new Error(`seed ${seed}: wait status ${status}`);
  return status !== null;
}
