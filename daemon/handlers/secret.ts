import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { SecretDriver, SecretEvent } from '../../drivers/contract/secret.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import { SECRET_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { secretProcedures } from '../../protocol/programs/remote/secret.ts';
import type { Call } from '../call.ts';
import type { ObjectEventRouter } from '../events/object-event-router.ts';
import { badArgument, requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** Secrets, their values and their events. What is left of a value in a call's message is overwritten. */
export function secretHandlers(driver: SecretDriver, router: ObjectEventRouter<SecretEvent>) {
  return {
    connectNumOfSecrets: () => ({ num: driver.connectNumOfSecrets() }),
    connectListSecrets(_call, { maxuuids }) {
      requireRoom('maxuuids', maxuuids, SECRET_LIST_MAX, 'REMOTE_SECRET_LIST_MAX');
      return { uuids: driver.connectListSecrets().slice(0, maxuuids) };
    },
    connectListAllSecrets(_call, { needResults, flags }) {
      const all = driver.connectListAllSecrets(flags);
      const { list: secrets, ret } = wholeList('secrets', all, needResults, SECRET_LIST_MAX);
      return { secrets, ret };
    },
    secretLookupByUuid: (_call, { uuid }) => ({ secret: driver.secretLookupByUuid(uuid) }),
    secretLookupByUsage: (_call, { usageType, usageID }) => ({
      secret: driver.secretLookupByUsage(usageType, usageID),
    }),
    secretDefineXml: async (_call, { xml, flags }) => ({ secret: await driver.secretDefineXml(xml, flags) }),
    secretUndefine: (_call, { secret }) => driver.secretUndefine(secret.uuid),
    secretGetXmlDesc: (_call, { secret, flags }) => ({ xml: driver.secretGetXmlDesc(secret.uuid, flags) }),
    async secretSetValue(_call, { secret, value, flags }) {
      if (value.length === 0) throw badArgument('virSecretSetValue', 'value', 'must not be NULL', ErrorDomain.SECRET);
      try {
        await driver.secretSetValue(secret.uuid, value, flags);
      } finally {
        value.fill(0);
      }
    },
    secretGetValue: (_call, { secret, flags }) => ({ value: driver.secretGetValue(secret.uuid, flags) }),

    connectSecretEventRegisterAny: ({ client }, { eventID, secret }) => ({
      callbackID: router.register(client, eventID, secret?.uuid ?? null),
    }),
    connectSecretEventDeregisterAny: ({ client }, { callbackID }) => router.deregister(client, callbackID),
  } satisfies Handlers<typeof secretProcedures, Call>;
}
