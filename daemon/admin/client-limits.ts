import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { ServerLimits } from '../rpc/limits.ts';
import type { Server } from '../rpc/server.ts';
import { uint, wantedFigures } from './figures.ts';

/** How many clients a server has and takes, by the names of virAdmServerGetClientLimits. */
export const clientFigures = ({ limits, clients, anonymous }: Server): TypedParameter[] => [
  uint('nclients_max', limits.maxClients),
  uint('nclients', clients.size),
  uint('nclients_unauth_max', limits.maxAnonymousClients),
  uint('nclients_unauth', anonymous),
];

/** Throws invalidArg when more may be anonymous than may be there at all. */
export function changedClientLimits(
  limits: ServerLimits,
  params: readonly TypedParameter[],
): Pick<ServerLimits, 'maxClients' | 'maxAnonymousClients'> {
  const wanted = wantedFigures(params, ['nclients_max', 'nclients_unauth_max']);
  const maxClients = wanted.nclients_max ?? limits.maxClients;
  const maxAnonymousClients = wanted.nclients_unauth_max ?? limits.maxAnonymousClients;
  if (maxClients < maxAnonymousClients)
    throw errors.invalidArg(
      'The overall maximum number of clients must not be less than the number of clients waiting for authentication',
      ErrorDomain.RPC,
    );
  return { maxClients, maxAnonymousClients };
}
