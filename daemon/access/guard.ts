import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Route, ServedProgram } from '../rpc/programs.ts';
import type { AccessControl } from './access-control.ts';
import { listings, registersForEvents, type Listing } from './listings.ts';
import { Requirement } from './requirement.ts';

/**
 * The same program, where every call is made only for those who may. Calls that need no permission, and all calls of a
 * daemon without access control, are answered as fast as ever: nothing stands between them and their handlers.
 */
export function guard(served: ServedProgram, access: AccessControl, drivers: Drivers): ServedProgram {
  const known = listings(drivers);
  const routes = new Map(
    Array.from(served.routes, ([number, route]) => [number, guarded(route, access, known[route.name])]),
  );
  return { ...served, routes };
}

function guarded(route: Route, access: AccessControl, listing: Listing | undefined): Route {
  const { handler, procedure, name } = route;
  const { acl, aclFilter } = procedure;
  if (handler === null || (acl.length === 0 && aclFilter === undefined)) return route;
  if (aclFilter !== undefined && listing === undefined && !registersForEvents(name))
    throw new TypeError(`nobody knows what ${name} shows`);
  const requirement = new Requirement(procedure, access);
  return {
    ...route,
    async handler(call, args) {
      await requirement.before(call.client, args);
      const reply = await handler(call, listing?.args(args) ?? args);
      await requirement.after(call.client, args, reply);
      if (listing === undefined || aclFilter === undefined) return reply;
      const references = await listing.references(args, reply);
      const visible = await access.visible(call.client, aclFilter, references, item => listing.object?.(item) ?? item);
      return listing.reply(args, visible);
    },
  };
}
