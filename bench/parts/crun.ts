import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../../conformance/harness/run.ts';
import { rootOf } from '../container.ts';
import { median } from '../statistics.ts';
import type { Target } from '../target.ts';

const ROUNDS = 20;

/** Milliseconds in which crun, which is no daemon, starts a like container. */
export async function crunStart(target: Target): Promise<number> {
  const bundle = join(target.directory, 'bundle');
  await mkdir(bundle, { recursive: true });
  await writeFile(join(bundle, 'config.json'), JSON.stringify(configuration(await rootOf(target))));
  const script = join(import.meta.dirname, 'crun.sh');
  const alone = ['--mount', '--propagation', 'private'];
  const output = await mustRun('unshare', [...alone, 'bash', script, bundle, String(ROUNDS)]);
  return median(output.trim().split('\n').map(Number)) / 1000;
}

const configuration = (root: string): unknown => ({
  ociVersion: '1.0.0',
  process: { user: { uid: 0, gid: 0 }, args: ['/bin/sleep', '1000000'], env: ['PATH=/bin'], cwd: '/' },
  root: { path: root },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
  ],
  linux: {
    namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map(type => ({ type })),
    resources: { memory: { limit: 64 * 1024 * 1024 } },
  },
});
