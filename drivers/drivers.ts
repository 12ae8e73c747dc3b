import type { AuditTrail } from './contract/audit.ts';
import type { Drivers } from './contract/drivers.ts';
import type { Log } from './contract/log.ts';
import { apartFrom, type Paths } from './contract/paths.ts';
import type { VolumeUsers } from './contract/volume-sources.ts';
import { interfaceDriverOnDemand } from './interface/on-demand.ts';
import { createLxcDriver } from './lxc/driver.ts';
import type { LxcSettings } from './lxc/settings.ts';
import { networkDriverOnDemand } from './network/on-demand.ts';
import { createNodeDeviceDriver } from './nodedev/driver.ts';
import { createNwfilterDriver } from './nwfilter/driver.ts';
import { createSecretDriver } from './secret/driver.ts';
import { storageDriverOnDemand } from './storage/on-demand.ts';

/** What the drivers are made of. */
export interface DriversOptions {
  readonly paths: Paths;
  /** The log of the driver of that name. */
  readonly logger: (name: string) => Log;
  /** Lower case, with hyphens. */
  readonly hostUuid: string;
  /** lxc.conf. */
  readonly settings: LxcSettings;
  readonly audit: AuditTrail;
  /** Names of the drivers whose usual places on disk are another daemon's; absent: none. */
  readonly apart?: ReadonlySet<string>;
}

/**
 * All drivers, and who knows whom: a driver that needs another gets its interface here, and never imports it. Throws
 * LibvirtError when the host cannot confine containers as the settings ask.
 */
export function createDrivers({ paths, logger, hostUuid, settings, audit, apart }: DriversOptions): Drivers {
  const placesOf = (driver: string): Paths => (apart?.has(driver) === true ? apartFrom(paths) : paths);
  const secret = createSecretDriver({ paths: placesOf('secret'), log: logger('secret') });
  // Each of the two asks the other, once both are there.
  const users: VolumeUsers = { userOf: (...volume) => hypervisor.volumeUsers.userOf(...volume) };
  const storage = storageDriverOnDemand({
    paths: placesOf('storage'),
    log: logger('storage'),
    secrets: secret,
    users,
  });
  const network = networkDriverOnDemand({ paths: placesOf('network'), log: logger('network') });
  const nwfilter = createNwfilterDriver({ paths: placesOf('nwfilter'), log: logger('nwfilter') });
  const hypervisor = createLxcDriver({
    paths,
    log: logger('lxc'),
    hostUuid,
    settings,
    audit,
    volumes: storage.volumeSources,
    filters: nwfilter,
    networks: network.ports,
  });
  const interfaces = interfaceDriverOnDemand({ paths, log: logger('interface') });
  const nodeDevice = createNodeDeviceDriver({ log: logger('nodedev'), hostUuid });
  return { hypervisor, interface: interfaces, network, nodeDevice, nwfilter, secret, storage };
}
