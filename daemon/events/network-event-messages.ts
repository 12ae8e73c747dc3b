import { NetworkEventID } from '../../drivers/contract/constants.ts';
import type { NetworkEvent } from '../../drivers/contract/network.ts';
import type { ObjectEventForm, ObjectEventKind } from './object-event-router.ts';

const { NETWORK_EVENT_ID_LIFECYCLE, NETWORK_EVENT_ID_METADATA_CHANGE } = NetworkEventID;

/** The two kinds of event that networks have. */
export const networkEvents: ObjectEventKind<NetworkEvent> = {
  what: 'network',
  object: 'network',
  lastEventId: NETWORK_EVENT_ID_METADATA_CHANGE,
  form(event): ObjectEventForm {
    const { network: net } = event;
    if (event.kind === 'metadataChange')
      return {
        eventId: NETWORK_EVENT_ID_METADATA_CHANGE,
        key: net.uuid,
        object: net,
        callback: callbackID => ({
          program: 'remote',
          procedure: 'networkEventCallbackMetadataChange',
          message: { callbackID, net, type: event.type, nsuri: event.nsuri },
        }),
      };
    return {
      eventId: NETWORK_EVENT_ID_LIFECYCLE,
      key: net.uuid,
      object: net,
      callback: callbackID => ({
        program: 'remote',
        procedure: 'networkEventLifecycle',
        message: { callbackID, net, event: event.event, detail: event.detail },
      }),
    };
  },
};
