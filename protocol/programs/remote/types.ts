import { STRING_MAX } from '../../limits.ts';
import { int, string, struct, uuid } from '../../xdr/index.ts';

/** remote_nonnull_string; where the wire has a remote_string, a field is `optional(text)`. */
export const text = string(STRING_MAX);

// The objects of the API as calls and replies name them.

/** `id` is -1 when the domain does not run. */
export const domain = struct({ name: text, uuid, id: int });
export const network = struct({ name: text, uuid });
export const networkPort = struct({ net: network, uuid });
export const nwfilter = struct({ name: text, uuid });
export const nwfilterBinding = struct({ portdev: text, filtername: text });
/** Named so because `interface` is a reserved word. */
export const hostInterface = struct({ name: text, mac: text });
export const storagePool = struct({ name: text, uuid });
export const storageVol = struct({ pool: text, name: text, key: text });
export const nodeDevice = struct({ name: text });
export const secret = struct({ uuid, usageType: int, usageID: text });
export const domainCheckpoint = struct({ name: text, dom: domain });
export const domainSnapshot = struct({ name: text, dom: domain });
