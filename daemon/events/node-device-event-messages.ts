import { NodeDeviceEventID } from '../../drivers/contract/constants.ts';
import type { NodeDeviceEvent } from '../../drivers/contract/node-device.ts';
import type { ObjectEventForm, ObjectEventKind } from './object-event-router.ts';

/** The two kinds of event that devices have. */
export const nodeDeviceEvents: ObjectEventKind<NodeDeviceEvent> = {
  what: 'node device',
  object: 'node_device',
  lastEventId: NodeDeviceEventID.UPDATE,
  form(event): ObjectEventForm {
    const dev = event.device;
    if (event.kind === 'update')
      return {
        eventId: NodeDeviceEventID.UPDATE,
        key: dev.name,
        object: dev,
        callback: callbackID => ({
          program: 'remote',
          procedure: 'nodeDeviceEventUpdate',
          message: { callbackID, dev },
        }),
      };
    return {
      eventId: NodeDeviceEventID.LIFECYCLE,
      key: dev.name,
      object: dev,
      callback: callbackID => ({
        program: 'remote',
        procedure: 'nodeDeviceEventLifecycle',
        message: { callbackID, dev, event: event.event, detail: 0 },
      }),
    };
  },
};
