import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DIRECTORIES = ['bin', 'etc', 'dev', 'proc', 'sys', 'tmp', 'run', 'mnt'];

function findBusybox(): string {
  const found = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
  if (found === '') throw new Error('Tests of containers need the Debian package busybox-static');
  return found;
}

/** A directory of this test alone, removed with all that is in it at the end of its scope. */
export class TestDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'lxvirtd-controller-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A container's root tree below `parent`: busybox, and files that tests of users look at. */
export function makeBusyboxRoot(parent: string, name = 'root'): string {
  const root = join(parent, name);
  for (const directory of DIRECTORIES) mkdirSync(join(root, directory), { recursive: true });
  copyFileSync(findBusybox(), join(root, 'bin/busybox'));
  const { stdout } = spawnSync(join(root, 'bin/busybox'), ['--list'], { encoding: 'utf8' });
  for (const applet of stdout.trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nalice:x:1000:100:Alice:/:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nusers:x:100:\nwheel:x:10:bob,alice\nstaff:x:50:alice\n');
  return root;
}
