import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The root tree that the containers of one test file share; what they write to lies in a /run of their own. */
export class BusyboxTree {
  readonly path = mkdtempSync(join(tmpdir(), 'lxvirtd-tree-'));

  constructor() {
    // Also the root of a user namespace may enter it.
    chmodSync(this.path, 0o755);
    execFileSync('sh', [join(import.meta.dirname, '../../../scripts/mkrootfs.sh'), this.path]);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
