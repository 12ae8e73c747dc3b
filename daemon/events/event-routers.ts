import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { NetworkEvent } from '../../drivers/contract/network.ts';
import type { NodeDeviceEvent } from '../../drivers/contract/node-device.ts';
import type { SecretEvent } from '../../drivers/contract/secret.ts';
import type { StoragePoolEvent } from '../../drivers/contract/storage-pools.ts';
import { DomainEventRouter } from './domain-event-router.ts';
import { openGate, type EventGate } from './event-gate.ts';
import { networkEvents } from './network-event-messages.ts';
import { nodeDeviceEvents } from './node-device-event-messages.ts';
import { ObjectEventRouter } from './object-event-router.ts';
import { secretEvents } from './secret-event-messages.ts';
import { storagePoolEvents } from './storage-pool-event-messages.ts';

/** One router per driver that has events. */
export interface EventRouters {
  readonly domain: DomainEventRouter;
  readonly network: ObjectEventRouter<NetworkEvent> | undefined;
  readonly nodeDevice: ObjectEventRouter<NodeDeviceEvent> | undefined;
  readonly secret: ObjectEventRouter<SecretEvent> | undefined;
  readonly storagePool: ObjectEventRouter<StoragePoolEvent> | undefined;
  close(): void;
}

export function eventRouters(
  { hypervisor, network: networks, nodeDevice: nodeDevices, secret: secrets, storage }: Drivers,
  log: Log,
  gate: EventGate = openGate,
): EventRouters {
  const domain = new DomainEventRouter(hypervisor.domainEvents, gate, log);
  const network = networks && new ObjectEventRouter(networkEvents, networks.networkEvents, gate, log);
  const nodeDevice = nodeDevices && new ObjectEventRouter(nodeDeviceEvents, nodeDevices.nodeDeviceEvents, gate, log);
  const secret = secrets && new ObjectEventRouter(secretEvents, secrets.secretEvents, gate, log);
  const storagePool = storage && new ObjectEventRouter(storagePoolEvents, storage.storagePoolEvents, gate, log);
  return {
    domain,
    network,
    nodeDevice,
    secret,
    storagePool,
    close() {
      for (const router of [domain, network, nodeDevice, secret, storagePool]) router?.close();
    },
  };
}
