import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { SecretEvent } from '../../drivers/contract/secret.ts';
import { DomainEventRouter } from './domain-event-router.ts';
import { ObjectEventRouter } from './object-event-router.ts';
import { secretEvents } from './secret-event-messages.ts';

/** One router per driver that has events. */
export interface EventRouters {
  readonly domain: DomainEventRouter;
  readonly secret: ObjectEventRouter<SecretEvent> | undefined;
  close(): void;
}

export function eventRouters({ hypervisor, secret: secrets }: Drivers, log: Log): EventRouters {
  const domain = new DomainEventRouter(hypervisor.domainEvents, log);
  const secret = secrets && new ObjectEventRouter(secretEvents, secrets.secretEvents, log);
  return {
    domain,
    secret,
    close() {
      for (const router of [domain, secret]) router?.close();
    },
  };
}
