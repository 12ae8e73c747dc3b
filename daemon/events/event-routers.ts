import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { SecretEvent } from '../../drivers/contract/secret.ts';
import type { StoragePoolEvent } from '../../drivers/contract/storage-pools.ts';
import { DomainEventRouter } from './domain-event-router.ts';
import { ObjectEventRouter } from './object-event-router.ts';
import { secretEvents } from './secret-event-messages.ts';
import { storagePoolEvents } from './storage-pool-event-messages.ts';

/** One router per driver that has events. */
export interface EventRouters {
  readonly domain: DomainEventRouter;
  readonly secret: ObjectEventRouter<SecretEvent> | undefined;
  readonly storagePool: ObjectEventRouter<StoragePoolEvent> | undefined;
  close(): void;
}

export function eventRouters({ hypervisor, secret: secrets, storage }: Drivers, log: Log): EventRouters {
  const domain = new DomainEventRouter(hypervisor.domainEvents, log);
  const secret = secrets && new ObjectEventRouter(secretEvents, secrets.secretEvents, log);
  const storagePool = storage && new ObjectEventRouter(storagePoolEvents, storage.storagePoolEvents, log);
  return {
    domain,
    secret,
    storagePool,
    close() {
      for (const router of [domain, secret, storagePool]) router?.close();
    },
  };
}
