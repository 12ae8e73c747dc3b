import { ConnectFlags, DriverFeature, ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { ConnectOperations } from '../../drivers/contract/hypervisor.ts';
import type { NodeOperations } from '../../drivers/contract/node.ts';
import type { StorageDriver } from '../../drivers/contract/storage.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { connectProcedures } from '../../protocol/programs/remote/connect.ts';
import type { Call, ClientSession } from '../call.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import { identityFrom } from './identity.ts';
import { secondaryOf } from './secondary-uri.ts';
import type { authProcedures } from '../../protocol/programs/remote/auth.ts';

/** The release of libvirt whose behaviour is kept: major * 1,000,000 + minor * 1,000 + release. */
export const LIBVIRT_VERSION = 9_000_000n;

/** What a client gets that leaves the choice to the daemon. */
const DEFAULT_URI = 'lxc:///system';

/** Features of the connection, whatever the driver: yes, once the connection has done its part. */
const connectionFeatures: Readonly<Record<number, (client: ClientSession) => boolean>> = {
  [DriverFeature.FD_PASSING]: client => client.enableFilePassing(),
  [DriverFeature.TYPED_PARAM_STRING]: () => true,
  [DriverFeature.PROGRAM_KEEPALIVE](client) {
    client.enableKeepalive();
    return true;
  },
  [DriverFeature.REMOTE_EVENT_CALLBACK]: () => true,
  [DriverFeature.REMOTE_CLOSE_CALLBACK]: () => true,
  [DriverFeature.NETWORK_UPDATE_HAS_CORRECT_ORDER]: () => true,
};

/** A daemon of one driver has no default, and says so in these words. */
function requireUri(name: string | null): void {
  if (name === null) throw errors.internalError('connection not open', ErrorDomain.RPC);
  if (name === '') throw errors.noConnect('<null>', ErrorDomain.NONE);
}

/** The other drivers, of which the storage's has something to tell of itself. */
type Others = { readonly [Name in Exclude<SecondaryDriver, 'storage'>]?: object | undefined } & {
  readonly storage?: Pick<StorageDriver, 'connectGetCapabilities'> | undefined;
};

/** The connection itself, and what the driver says of itself. `others` are those that clients may open in its place. */
export function connectHandlers(driver: ConnectOperations & NodeOperations, others: Others = {}) {
  const uris = new WeakMap<ClientSession, string>();
  return {
    connectOpen({ client }, { name, flags }) {
      if (client.opened) throw errors.internalError('connection already open', ErrorDomain.RPC);
      const { opens } = client;
      if (opens !== null) requireUri(name);
      const uri = name === null || name === '' ? DEFAULT_URI : name;
      const secondary = secondaryOf(uri);
      if (secondary === null && opens === null) driver.connectOpen(uri, flags);
      else if (secondary === null || others[secondary] === undefined || (opens ?? secondary) !== secondary)
        throw errors.noConnect(uri, ErrorDomain.NONE);
      uris.set(client, uri);
      client.open((flags & ConnectFlags.RO) !== 0, secondary);
    },
    connectClose: ({ client }) => client.close(),
    connectGetUri: ({ client }) => ({ uri: uris.get(client) ?? DEFAULT_URI }),
    connectGetType: ({ client }) => ({ type: client.driver ?? driver.connectGetType() }),
    connectGetVersion: () => ({ hvVer: BigInt(driver.connectGetVersion()) }),
    connectGetLibVersion: () => ({ libVer: LIBVIRT_VERSION }),
    connectIsSecure: ({ client }) => ({ secure: Number(client.secure) }),
    connectSupportsFeature({ client }, { feature }) {
      const ofConnection = connectionFeatures[feature];
      const supported = ofConnection?.(client) ?? driver.connectSupportsFeature(feature);
      return { supported: Number(supported) };
    },
    connectGetHostname: () => ({ hostname: driver.connectGetHostname() }),
    connectGetSysinfo: async (_call, { flags }) => ({ sysinfo: await driver.connectGetSysinfo(flags) }),
    async connectGetCapabilities({ client }) {
      const { storage } = others;
      const asked = client.driver === 'storage' && storage !== undefined ? storage : driver;
      return { capabilities: await asked.connectGetCapabilities() };
    },
    /** The connection to the hypervisor is part of this process: it never closes before the client's own. */
    connectRegisterCloseCallback() {},
    connectUnregisterCloseCallback() {},
    /** The client is a proxy daemon, and tells of its own client. */
    connectSetIdentity: ({ client }, { params }) => client.assumeIdentity(identityFrom(params)),
  } satisfies Handlers<typeof connectProcedures & typeof authProcedures, Call>;
}
