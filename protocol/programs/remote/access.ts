import type { AclRule } from '../../procedure.ts';

/** Bits of `flags` (and one value of `source`) that decide which permission a call needs. */
export const DOMAIN_XML_SECURE = 1;
export const DOMAIN_XML_MIGRATABLE = 8;
export const DOMAIN_REBOOT_GUEST_AGENT = 2;
export const DOMAIN_SHUTDOWN_GUEST_AGENT = 2;
export const DOMAIN_SNAPSHOT_CREATE_QUIESCE = 64;
export const DOMAIN_SNAPSHOT_XML_SECURE = 1;
export const DOMAIN_VCPU_GUEST = 8;
export const DOMAIN_SAVE_IMAGE_XML_SECURE = 1;
export const DOMAIN_CHECKPOINT_CREATE_QUIESCE = 2;
export const DOMAIN_CHECKPOINT_XML_SECURE = 1;
export const DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT = 1;

/** The same in every API that has them. Neither of the two means: as the object is now, which may be its persistent form. */
const AFFECT_LIVE = 1;
const AFFECT_CONFIG = 2;

/** A change of the persistent definition needs `save` as well. */
export const saveIfPersistent = (object: string): readonly AclRule[] => [
  { permission: `${object}:save`, unlessFlags: AFFECT_CONFIG | AFFECT_LIVE },
  { permission: `${object}:save`, ifFlags: AFFECT_CONFIG },
];
