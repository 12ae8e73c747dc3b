import type { DriverLife } from './driver-life.ts';
import type { HypervisorDriver } from './hypervisor.ts';

/** All drivers of the daemon. The calls of one that is absent answer VIR_ERR_NO_SUPPORT. */
export interface Drivers {
  readonly hypervisor: HypervisorDriver;
}

/** In the order they start: each finds those it uses at work. They end in reverse order. */
export function inOrder(drivers: Drivers): DriverLife[] {
  return [drivers.hypervisor];
}
