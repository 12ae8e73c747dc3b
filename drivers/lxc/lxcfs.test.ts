import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { BusyboxTree } from './testing/busybox-tree.ts';

const tree = new BusyboxTree();
test.after.always(() => tree.remove());

interface Seen {
  /** The first line of meminfo, seconds of uptime, how many mounts are lxcfs's. */
  readonly plain: readonly string[];
  readonly mapped: readonly string[];
  readonly running: boolean;
  readonly waited: number;
  readonly complaints: readonly string[];
}

test('containers see the /proc that lxcfs has for them, and start without it when it hangs', async t => {
  t.timeout(180_000);
  const scenario = join(import.meta.dirname, 'testing/lxcfs-scenario.ts');
  const { stdout } = await promisify(execFile)('unshare', ['--mount', process.execPath, scenario, tree.path]);
  const { plain, mapped, running, waited, complaints }: Seen = JSON.parse(stdout);
  for (const [memory = '', uptime, mounts] of [plain, mapped]) {
    t.regex(memory, /^MemTotal: +65536 kB$/);
    t.true(Number(uptime) < 60, `up for ${uptime} s`);
    t.is(mounts, '8');
  }
  t.true(running);
  t.true(waited < 30_000, `${waited} ms`);
  t.true(
    complaints.some(text => text.includes('lxcfs does not answer')),
    complaints.join('\n'),
  );
});
