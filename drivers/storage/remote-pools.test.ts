import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { where } from '../../native/testing/where.ts';
import { AnsweringServers } from './backends/answering-servers.ts';
import { directoryPool, storageFixture } from './testing/fixture.ts';

const whereFuse = where(existsSync('/dev/fuse'), 'FUSE');

/** A server whose files are mounted at `directory`; it answers until it is silenced. */
async function fileServer(t: ExecutionContext, directory: string): Promise<{ silence(): void }> {
  mkdirSync(directory, { recursive: true });
  const program = join(import.meta.dirname, 'testing/file-server.py');
  const server = spawn('/usr/bin/python3', [program, '127.0.0.1:/export', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  t.teardown(async () => {
    server.kill('SIGKILL');
    await once(spawn('umount', ['--lazy', '--internal-only', directory], { stdio: 'ignore' }), 'exit');
  });
  return { silence: () => void server.kill('SIGSTOP') };
}

const isMounted = (directory: string): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(` ${directory} `);

whereFuse('a server that does not answer holds neither calls nor the files of others', async t => {
  const { driver, directory } = await storageFixture(t);
  const target = join(directory, 'remote');
  const server = await fileServer(t, target);
  const pool = await driver.storagePoolDefineXml(
    `<pool type='netfs'><name>remote</name><source><host name='127.0.0.1'/><dir path='/export'/><format type='nfs'/></source>
      <target><path>${target}</path></target></pool>`,
    0,
  );
  await driver.storagePoolCreate(pool, 0);
  t.is(driver.storagePoolNumOfVolumes(pool), 8);
  server.silence();
  const infos = driver.storagePoolListAllVolumes(pool, 0).map(volume => driver.storageVolGetInfo(volume, 0));
  const other = await driver.storagePoolCreateXml(directoryPool('other', join(directory, 'other')), 1);
  t.true(driver.storagePoolIsActive(other));
  for (const { capacity } of await Promise.all(infos)) t.is(capacity, 4096n);
  await driver.storagePoolDestroy(pool);
  t.deepEqual([driver.storagePoolIsActive(pool), isMounted(target)], [false, false]);
});

whereFuse('one that falls silent while it is asked holds two calls, and no more', async t => {
  const { directory } = await storageFixture(t);
  const target = join(directory, 'remote');
  const server = await fileServer(t, target);
  const servers = new AnsweringServers({ patience: 200 });
  const look = () => servers.call(target, () => stat(join(target, 'one')));
  t.is((await look()).size, 4096);
  server.silence();
  const held = [look(), look()];
  for (const held of [look(), look()]) await t.throwsAsync(held, { message: /does not answer/ });
  t.true((await readFile(import.meta.filename)).length > 0);
  await once(spawn('umount', ['--force', '--lazy', '--internal-only', target]), 'exit');
  await Promise.allSettled(held);
  t.pass();
});
