import type { ProcedureTable } from '../../procedure.ts';
import { array, int, opaque, optional, struct, uint, uuid } from '../../xdr/index.ts';
import { SECRET_LIST_MAX, SECRET_VALUE_MAX } from './limits.ts';
import { secret, text } from './types.ts';

export const connectNumOfSecretsRet = struct({ num: int });
export const connectListSecretsArgs = struct({ maxuuids: int });
export const connectListSecretsRet = struct({ uuids: array(text, SECRET_LIST_MAX) });
export const secretLookupByUuidArgs = struct({ uuid: uuid });
export const secretLookupByUuidRet = struct({ secret: secret });
export const secretDefineXmlArgs = struct({ xml: text, flags: uint });
export const secretDefineXmlRet = struct({ secret: secret });
export const secretGetXmlDescArgs = struct({ secret: secret, flags: uint });
export const secretGetXmlDescRet = struct({ xml: text });
export const secretSetValueArgs = struct({ secret: secret, value: opaque(SECRET_VALUE_MAX), flags: uint });
export const secretGetValueArgs = struct({ secret: secret, flags: uint });
export const secretGetValueRet = struct({ value: opaque(SECRET_VALUE_MAX) });
export const secretUndefineArgs = struct({ secret: secret });
export const secretLookupByUsageArgs = struct({ usageType: int, usageID: text });
export const secretLookupByUsageRet = struct({ secret: secret });
export const connectListAllSecretsArgs = struct({ needResults: int, flags: uint });
export const connectListAllSecretsRet = struct({ secrets: array(secret, SECRET_LIST_MAX), ret: uint });
export const connectSecretEventRegisterAnyArgs = struct({ eventID: int, secret: optional(secret) });
export const connectSecretEventRegisterAnyRet = struct({ callbackID: int });
export const connectSecretEventDeregisterAnyArgs = struct({ callbackID: int });
export const secretEventLifecycleMsg = struct({ callbackID: int, secret: secret, event: int, detail: int });
export const secretEventValueChangedMsg = struct({ callbackID: int, secret: secret });

/** Secrets and their events. */
export const secretProcedures = {
  connectNumOfSecrets: {
    number: 139,
    ret: connectNumOfSecretsRet,
    priority: 'high',
    acl: ['connect:search_secrets'],
    aclFilter: 'secret:getattr',
    readOnly: true,
  },
  connectListSecrets: {
    number: 140,
    args: connectListSecretsArgs,
    ret: connectListSecretsRet,
    priority: 'high',
    acl: ['connect:search_secrets'],
    aclFilter: 'secret:getattr',
    readOnly: true,
  },
  secretLookupByUuid: {
    number: 141,
    args: secretLookupByUuidArgs,
    ret: secretLookupByUuidRet,
    priority: 'high',
    acl: ['secret:getattr'],
    readOnly: true,
  },
  secretDefineXml: {
    number: 142,
    args: secretDefineXmlArgs,
    ret: secretDefineXmlRet,
    priority: 'high',
    acl: ['secret:write', 'secret:save'],
  },
  secretGetXmlDesc: {
    number: 143,
    args: secretGetXmlDescArgs,
    ret: secretGetXmlDescRet,
    priority: 'high',
    acl: ['secret:read'],
    readOnly: true,
  },
  secretSetValue: { number: 144, args: secretSetValueArgs, priority: 'high', acl: ['secret:write'] },
  secretGetValue: {
    number: 145,
    args: secretGetValueArgs,
    ret: secretGetValueRet,
    priority: 'high',
    acl: ['secret:read_secure'],
  },
  secretUndefine: { number: 146, args: secretUndefineArgs, priority: 'high', acl: ['secret:delete'] },
  secretLookupByUsage: {
    number: 147,
    args: secretLookupByUsageArgs,
    ret: secretLookupByUsageRet,
    priority: 'high',
    acl: ['secret:getattr'],
    readOnly: true,
  },
  connectListAllSecrets: {
    number: 287,
    args: connectListAllSecretsArgs,
    ret: connectListAllSecretsRet,
    priority: 'high',
    acl: ['connect:search_secrets'],
    aclFilter: 'secret:getattr',
    readOnly: true,
  },
  connectSecretEventRegisterAny: {
    number: 380,
    args: connectSecretEventRegisterAnyArgs,
    ret: connectSecretEventRegisterAnyRet,
    priority: 'high',
    acl: ['connect:search_secrets'],
    aclFilter: 'secret:getattr',
    readOnly: true,
  },
  connectSecretEventDeregisterAny: {
    number: 381,
    args: connectSecretEventDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  secretEventLifecycle: { number: 382, message: secretEventLifecycleMsg },
  secretEventValueChanged: { number: 383, message: secretEventValueChangedMsg },
} satisfies ProcedureTable;
