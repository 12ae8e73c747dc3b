import { DriverOnDemand, onDemand } from '../objects/on-demand.ts';
import type { InterfaceDriverOptions } from './driver.ts';

/** The host's interfaces, with code that is loaded by the first call: the host itself has started them. */
export const interfaceDriverOnDemand = (options: InterfaceDriverOptions) =>
  onDemand(
    new DriverOnDemand({
      isNeeded: () => false,
      async load() {
        const { createInterfaceDriver } = await import('./driver.ts');
        return createInterfaceDriver(options);
      },
    }),
    {},
  );
