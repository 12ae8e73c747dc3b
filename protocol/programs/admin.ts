import { STRING_MAX } from '../limits.ts';
import type { Program } from '../procedure.ts';
import { typedParameter } from '../typed-parameter.ts';
import { array, hyper, optional, string, struct, uhyper, uint } from '../xdr/index.ts';

const CLIENT_INFO_PARAMETERS_MAX = 64;
const CLIENT_LIST_MAX = 16_384;
const SERVER_CLIENT_LIMITS_MAX = 32;
const SERVER_LIST_MAX = 16_384;
const SERVER_THREADPOOL_PARAMETERS_MAX = 32;

const text = string(STRING_MAX);
export const server = struct({ name: text });
export const client = struct({ srv: server, id: uhyper, timestamp: hyper, transport: uint });
export const connectOpenArgs = struct({ flags: uint });
export const connectGetLibVersionRet = struct({ libVer: uhyper });
export const connectListServersArgs = struct({ needResults: uint, flags: uint });
export const connectListServersRet = struct({ servers: array(server, SERVER_LIST_MAX), ret: uint });
export const connectLookupServerArgs = struct({ name: text, flags: uint });
export const connectLookupServerRet = struct({ srv: server });
export const serverGetThreadpoolParametersArgs = struct({ srv: server, flags: uint });
export const serverGetThreadpoolParametersRet = struct({
  params: array(typedParameter, SERVER_THREADPOOL_PARAMETERS_MAX),
});
export const serverSetThreadpoolParametersArgs = struct({
  srv: server,
  params: array(typedParameter, SERVER_THREADPOOL_PARAMETERS_MAX),
  flags: uint,
});
export const serverListClientsArgs = struct({ srv: server, needResults: uint, flags: uint });
export const serverListClientsRet = struct({ clients: array(client, CLIENT_LIST_MAX), ret: uint });
export const serverLookupClientArgs = struct({ srv: server, id: uhyper, flags: uint });
export const serverLookupClientRet = struct({ clnt: client });
export const clientGetInfoArgs = struct({ clnt: client, flags: uint });
export const clientGetInfoRet = struct({ params: array(typedParameter, CLIENT_INFO_PARAMETERS_MAX) });
export const clientCloseArgs = struct({ clnt: client, flags: uint });
export const serverGetClientLimitsArgs = struct({ srv: server, flags: uint });
export const serverGetClientLimitsRet = struct({ params: array(typedParameter, SERVER_CLIENT_LIMITS_MAX) });
export const serverSetClientLimitsArgs = struct({
  srv: server,
  params: array(typedParameter, SERVER_CLIENT_LIMITS_MAX),
  flags: uint,
});
export const connectGetLoggingOutputsArgs = struct({ flags: uint });
export const connectGetLoggingOutputsRet = struct({ outputs: text, noutputs: uint });
export const connectGetLoggingFiltersArgs = struct({ flags: uint });
export const connectGetLoggingFiltersRet = struct({ filters: optional(text), nfilters: uint });
export const connectSetLoggingOutputsArgs = struct({ outputs: optional(text), flags: uint });
export const connectSetLoggingFiltersArgs = struct({ filters: optional(text), flags: uint });
export const serverUpdateTlsFilesArgs = struct({ srv: server, flags: uint });
export const connectSetDaemonTimeoutArgs = struct({ timeout: uint, flags: uint });
export const connectDaemonShutdownArgs = struct({ flags: uint });

/** The administration of a daemon: its servers, clients and logs. Only the administration socket serves it. */
export const admin = {
  name: 'admin',
  number: 0x06900690,
  version: 1,
  procedures: {
    connectOpen: { number: 1, args: connectOpenArgs, acl: [] },
    connectClose: { number: 2, acl: [] },
    connectGetLibVersion: { number: 3, ret: connectGetLibVersionRet, acl: [] },
    connectListServers: { number: 4, args: connectListServersArgs, ret: connectListServersRet, acl: [] },
    connectLookupServer: { number: 5, args: connectLookupServerArgs, ret: connectLookupServerRet, acl: [] },
    serverGetThreadpoolParameters: {
      number: 6,
      args: serverGetThreadpoolParametersArgs,
      ret: serverGetThreadpoolParametersRet,
      acl: [],
    },
    serverSetThreadpoolParameters: { number: 7, args: serverSetThreadpoolParametersArgs, acl: [] },
    serverListClients: { number: 8, args: serverListClientsArgs, ret: serverListClientsRet, acl: [] },
    serverLookupClient: { number: 9, args: serverLookupClientArgs, ret: serverLookupClientRet, acl: [] },
    clientGetInfo: { number: 10, args: clientGetInfoArgs, ret: clientGetInfoRet, acl: [] },
    clientClose: { number: 11, args: clientCloseArgs, acl: [] },
    serverGetClientLimits: { number: 12, args: serverGetClientLimitsArgs, ret: serverGetClientLimitsRet, acl: [] },
    serverSetClientLimits: { number: 13, args: serverSetClientLimitsArgs, acl: [] },
    connectGetLoggingOutputs: {
      number: 14,
      args: connectGetLoggingOutputsArgs,
      ret: connectGetLoggingOutputsRet,
      acl: [],
    },
    connectGetLoggingFilters: {
      number: 15,
      args: connectGetLoggingFiltersArgs,
      ret: connectGetLoggingFiltersRet,
      acl: [],
    },
    connectSetLoggingOutputs: { number: 16, args: connectSetLoggingOutputsArgs, acl: [] },
    connectSetLoggingFilters: { number: 17, args: connectSetLoggingFiltersArgs, acl: [] },
    serverUpdateTlsFiles: { number: 18, args: serverUpdateTlsFilesArgs, acl: [] },
    connectSetDaemonTimeout: { number: 19, args: connectSetDaemonTimeoutArgs, acl: [] },
    connectDaemonShutdown: { number: 20, args: connectDaemonShutdownArgs, acl: [] },
  },
} satisfies Program;
