import { StoragePoolEventID } from '../../drivers/contract/constants.ts';
import type { StoragePoolEvent } from '../../drivers/contract/storage-pools.ts';
import type { ObjectEventForm, ObjectEventKind } from './object-event-router.ts';

/** The two kinds of event that storage pools have. */
export const storagePoolEvents: ObjectEventKind<StoragePoolEvent> = {
  what: 'storage pool',
  object: 'storage_pool',
  lastEventId: StoragePoolEventID.REFRESH,
  form(event): ObjectEventForm {
    const { pool } = event;
    if (event.kind === 'refresh')
      return {
        eventId: StoragePoolEventID.REFRESH,
        key: pool.uuid,
        object: pool,
        callback: callbackID => ({
          program: 'remote',
          procedure: 'storagePoolEventRefresh',
          message: { callbackID, pool },
        }),
      };
    return {
      eventId: StoragePoolEventID.LIFECYCLE,
      key: pool.uuid,
      object: pool,
      callback: callbackID => ({
        program: 'remote',
        procedure: 'storagePoolEventLifecycle',
        message: { callbackID, pool, event: event.event, detail: event.detail },
      }),
    };
  },
};
