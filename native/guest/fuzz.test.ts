import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { struct, uhyper } from '../../protocol/xdr/index.ts';
import { TestDirectory } from '../controller/testing/busybox-root.ts';
import { mutate } from '../controller/testing/mutate.ts';
import { encodeRequest, fileRequests } from './file-requests.ts';
import { frame } from './frame.ts';
import { encodeOperations } from './operations.ts';
import { SealedProgram } from './program.ts';
import { spawnVisitor } from './spawn-visitor.ts';
import { failure } from './testing/failure.ts';
import { GuestContainer } from './testing/guest-container.ts';

const ROUNDS = 60;
const LIMIT = 60_000;

const directory = new TestDirectory();
const program = new SealedProgram(join(directory.path, 'visitor'));
test.after.always(() => directory[Symbol.dispose]());

test.before(t => {
  t.timeout(120_000);
  const target = [`OUT=${join(directory.path, 'visitor')}`, 'sanitized-visitor'];
  const make = spawnSync('make', ['-C', join(import.meta.dirname, '../controller'), '-s', '-j2', ...target]);
  if (make.status !== 0) throw new Error(String(make.stderr));
});

const device = { major: 1, minor: 3 };
const owner = { mode: 0o600, uid: 100_000, gid: 100_000 };

/** Something of everything that is decoded, and that a broken list could do no harm with: nothing of the host's is named. */
const operations = encodeOperations([
  { do: 'mkdir', path: '/tmp/a/b', mode: 0o755 },
  { do: 'touch', path: '/tmp/a/file' },
  { do: 'write', path: '/tmp/a/file', contents: 'text' },
  {
    do: 'attach',
    mount: {
      from: 'filesystem',
      type: 'tmpfs',
      source: null,
      options: [{ key: 'size', value: '64k' }],
      attributes: 0,
      entries: [],
    },
    target: '/tmp/mount',
  },
  { do: 'node', path: '/dev/bus/null', kind: 'char', device, ...owner },
  { do: 'remove', path: '/dev/bus/null' },
  { do: 'unmount', path: '/tmp/mount', lazy: true },
  { do: 'link-state', name: 'lo', up: true },
  { do: 'trim', path: '/tmp', device, minimum: 0n },
]);

const requests: readonly Buffer[] = [
  encodeRequest(fileRequests.open, { path: '/etc/passwd', firm: 0, flags: 0, regular: true }),
  encodeRequest(fileRequests.read, { handle: 0, count: 100 }),
  encodeRequest(fileRequests.write, { handle: 0, data: Buffer.alloc(100) }),
  encodeRequest(fileRequests.seek, { handle: 0, offset: 0n, whence: 0 }),
  encodeRequest(fileRequests.stat, { path: '/etc/passwd' }),
  encodeRequest(fileRequests.space, { path: '/' }),
  encodeRequest(fileRequests.makeDirectory, { path: '/tmp/made', ...owner }),
  encodeRequest(fileRequests.replace, { path: '/tmp/replaced', firm: 2, ...owner }),
  encodeRequest(fileRequests.finish, { handle: 1 }),
  encodeRequest(fileRequests.close, { handle: 0 }),
];

test.serial('a broken list of operations is a failure that says where, and never breaks the visitor', async t => {
  t.timeout(120_000);
  await using container = await GuestContainer.start('mapped');
  const failures = new Set<string>();
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const visitor = await spawnVisitor('perform', container.place, [], program);
    const said = await failure(() => visitor.ask(mutate(operations, seed), uhyper, LIMIT));
    visitor.end();
    t.notRegex(said, /visitor/, `seed ${seed}`);
    failures.add(said);
  }
  t.log([...failures].join(', '));
  t.true(failures.size > 3);
});

test.serial('broken requests are answered, and never break a session', async t => {
  t.timeout(120_000);
  await using container = await GuestContainer.start('mapped');
  const visitor = await spawnVisitor('files', container.place, [], program);
  t.teardown(() => visitor.kill());
  const nothing = struct({});
  await visitor.ask(
    frame(writer => writer.uhyper(0xffn)),
    nothing,
    LIMIT,
  );
  const failures = new Set<string>();
  for (let seed = 1; seed <= 20 * ROUNDS; seed += 1) {
    const request = requests[seed % requests.length] ?? Buffer.alloc(0);
    const said = await failure(() => visitor.ask(mutate(request, seed), nothing, LIMIT));
    t.notRegex(said, /visitor/, `seed ${seed}`);
    failures.add(said);
  }
  t.log([...failures].join(', '));
  t.true(failures.size > 5);
});
