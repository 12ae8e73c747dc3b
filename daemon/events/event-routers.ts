import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { DomainEventRouter } from './domain-event-router.ts';

/** One router per driver that has events. */
export interface EventRouters {
  readonly domain: DomainEventRouter;
  close(): void;
}

export function eventRouters({ hypervisor }: Drivers, log: Log): EventRouters {
  const domain = new DomainEventRouter(hypervisor.domainEvents, log);
  return {
    domain,
    close() {
      domain.close();
    },
  };
}
