import { execFile } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const home = join(import.meta.dirname, '../..');
// None but root can replace any part of it.
const directory = mkdtempSync('/var/lib/lxvirtd-compile-');
test.after.always(() => rmSync(directory, { recursive: true }));

const run = promisify(execFile);

test('what a daemon loads later has been compiled, too', async t => {
  chmodSync(directory, 0o755);
  await run(join(home, 'bin/lxvirtd'), ['--compile'], { env: { ...process.env, CACHE_DIRECTORY: directory } });
  const cached = (): string[] => globSync('code/**', { cwd: directory }).sort();
  const before = cached();
  const later = ['./drivers/storage/driver.ts', './drivers/network/driver.ts', 'tar-stream'];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'code') };
  await run(process.execPath, [...later.flatMap(name => ['--import', name]), 'drivers/lxc/agent/agent.ts'], {
    env,
    cwd: home,
  });
  t.true(before.length > 0);
  t.deepEqual(
    cached().filter(path => !before.includes(path)),
    [],
  );
});
