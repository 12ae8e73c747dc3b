import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { hostPaths, type Paths } from '../../contract/paths.ts';
import type { StorageDriver } from '../../contract/storage.ts';
import type { StoragePoolEvent } from '../../contract/storage-pools.ts';
import { createStorageDriver } from '../driver.ts';

/** A driver with its files, and a place for its pools. */
export interface Fixture {
  readonly driver: StorageDriver;
  readonly paths: Paths;
  /** Below it is all that the test makes. */
  readonly directory: string;
  readonly events: StoragePoolEvent[];
  readonly complaints: string[];
  /** Another driver over the same files, as after the daemon's end and new beginning. */
  readonly restarted: () => Promise<StorageDriver>;
}

export async function storageFixture(t: ExecutionContext): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-storage-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const paths = hostPaths(join(directory, 'root'));
  const complaints: string[] = [];
  const complain = (facts: object, message: string): unknown =>
    complaints.push(`${message} ${JSON.stringify(Object.values(facts).map(String))}`);
  const log = { debug: complain, info: complain, warn: complain, error: complain };
  const start = async (): Promise<StorageDriver> => {
    const driver = createStorageDriver({ paths, log, secrets: null });
    await driver.start();
    return driver;
  };
  const driver = await start();
  const events: StoragePoolEvent[] = [];
  driver.storagePoolEvents.subscribe(event => events.push(event));
  return { driver, paths, directory, events, complaints, restarted: start };
}

/** A loop device over a new sparse file; it ends with the test. */
export function loopDevice(
  t: ExecutionContext,
  directory: string,
  size: number,
  ...options: readonly string[]
): string {
  const file = join(directory, 'device.img');
  writeFileSync(file, '');
  truncateSync(file, size);
  const device = execFileSync('losetup', ['--find', '--show', ...options, file], { encoding: 'utf8' }).trim();
  t.teardown(() => execFileSync('losetup', ['--detach', device]));
  return device;
}

export const directoryPool = (name: string, path: string, more = ''): string =>
  `<pool type='dir'><name>${name}</name>${more}<target><path>${path}</path></target></pool>`;
