import { SecretEventID } from '../../drivers/contract/constants.ts';
import type { SecretEvent } from '../../drivers/contract/secret.ts';
import type { ObjectEventForm, ObjectEventKind } from './object-event-router.ts';

/** The two kinds of event that secrets have. */
export const secretEvents: ObjectEventKind<SecretEvent> = {
  what: 'secret',
  object: 'secret',
  lastEventId: SecretEventID.VALUE_CHANGED,
  form(event): ObjectEventForm {
    const { secret } = event;
    if (event.kind === 'valueChanged')
      return {
        eventId: SecretEventID.VALUE_CHANGED,
        key: secret.uuid,
        object: secret,
        callback: callbackID => ({
          program: 'remote',
          procedure: 'secretEventValueChanged',
          message: { callbackID, secret },
        }),
      };
    return {
      eventId: SecretEventID.LIFECYCLE,
      key: secret.uuid,
      object: secret,
      callback: callbackID => ({
        program: 'remote',
        procedure: 'secretEventLifecycle',
        message: { callbackID, secret, event: event.event, detail: 0 },
      }),
    };
  },
};
