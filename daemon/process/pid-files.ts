import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apartFrom, DRIVER_PID, type Paths } from '../../drivers/contract/paths.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import { driversApart, mainDaemon, type DaemonName } from '../served-daemons.ts';
import { PidFile } from './pid-file.ts';

/** Drivers with objects that no two daemons can have, by libvirt's names of their directories below /run/libvirt. */
const drivers: readonly { readonly driver: SecondaryDriver; readonly directory: string; readonly mode: number }[] = [
  { driver: 'network', directory: 'network', mode: 0o755 },
  { driver: 'storage', directory: 'storage', mode: 0o755 },
  { driver: 'secret', directory: 'secrets', mode: 0o700 },
  { driver: 'nwfilter', directory: 'nwfilter', mode: 0o700 },
];

const TO_GIVE_WAY =
  'To run beside a daemon of libvirt\'s: listen_as = [ "virtlxcd" ] in virtlxcd.conf, and --config with that file';
const TO_HAVE_CONTAINERS = 'One driver only can have the containers: remove the package libvirt-daemon-driver-lxc';

/**
 * Takes the files by which daemons of one name, and drivers of the same objects, keep each other away: libvirt's own take
 * the same ones. `configured` stands in place of those of the daemons' names. Throws Taken.
 */
export function takePidFiles(
  paths: Paths,
  daemons: ReadonlySet<DaemonName>,
  configured: string | null,
  resources: { adopt(file: PidFile, release: (file: PidFile) => void): unknown },
): void {
  const take = (path: string, advice: string): unknown =>
    resources.adopt(PidFile.acquire(path, advice), file => file.release());
  const names = new Set([mainDaemon(daemons), ...daemons]);
  const files = configured === null ? Array.from(names, name => join(paths.runBase, `${name}.pid`)) : [configured];
  for (const file of files) take(file, TO_GIVE_WAY);

  const apart = driversApart(daemons);
  const takeDriver = (run: string, directory: string, mode: number, advice: string): void => {
    const path = join(run, directory, DRIVER_PID);
    mkdirSync(dirname(path), { recursive: true, mode });
    take(path, advice);
  };
  takeDriver(paths.run, 'lxc', 0o700, TO_HAVE_CONTAINERS);
  for (const { driver, directory, mode } of drivers)
    takeDriver(apart.has(driver) ? apartFrom(paths).run : paths.run, directory, mode, TO_GIVE_WAY);
}
