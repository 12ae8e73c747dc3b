import type { DriverLife } from './driver-life.ts';
import type { HypervisorDriver } from './hypervisor.ts';
import type { InterfaceDriver } from './interface.ts';
import type { NetworkDriver } from './network.ts';
import type { NodeDeviceDriver } from './node-device.ts';
import type { NwfilterDriver } from './nwfilter.ts';
import type { OnDemand } from './on-demand.ts';
import type { SecretDriver } from './secret.ts';
import type { StorageDriver } from './storage.ts';

/** All drivers of the daemon. The calls of one that is absent answer VIR_ERR_NO_SUPPORT. */
export interface Drivers {
  readonly hypervisor: HypervisorDriver;
  readonly interface?: OnDemand<InterfaceDriver>;
  readonly network?: OnDemand<NetworkDriver>;
  readonly nodeDevice?: NodeDeviceDriver;
  readonly nwfilter?: NwfilterDriver;
  readonly secret?: SecretDriver;
  readonly storage?: OnDemand<StorageDriver>;
}

/** In the order they start: each finds those it uses at work. They end in reverse order. */
export function inOrder({
  interface: interfaces,
  network,
  nodeDevice,
  nwfilter,
  secret,
  storage,
  hypervisor,
}: Drivers): DriverLife[] {
  return [interfaces, network, nwfilter, nodeDevice, secret, storage, hypervisor].filter(
    driver => driver !== undefined,
  );
}
