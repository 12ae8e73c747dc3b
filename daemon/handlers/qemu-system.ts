import { DomainUndefineFlagsValues } from '../../drivers/contract/constants.ts';
import type { Call, ClientSession } from '../call.ts';
import type { remoteHandlers } from './remote.ts';

type RemoteHandlers = ReturnType<typeof remoteHandlers>;

const QEMU_SYSTEM = 'qemu:///system';
const OWN = 'lxc:///system';

/** What such clients see as the machine type of containers. */
const MACHINE = 'lxc';

const { MANAGED_SAVE, SNAPSHOTS_METADATA, NVRAM } = DomainUndefineFlagsValues;
/** What of a machine its deletion takes along. A container has nothing of it that could stay. */
const ALONG = MANAGED_SAVE | SNAPSHOTS_METADATA | NVRAM;

/**
 * Answers clients that know no other URI than qemu:///system, cockpit's machines above all, with the containers. They leave
 * out a domain without a machine type, so it gets one in the documents that go to them, and loses it in those that come
 * back. They delete domains with all that a machine may have, of which containers have nothing. All other clients, and all
 * other URIs, are answered as ever.
 */
export function answeringQemuSystem(handlers: RemoteHandlers): RemoteHandlers {
  const clients = new WeakSet<ClientSession>();
  const shown = ({ client }: Call, xml: string): string => (clients.has(client) ? withMachine(xml) : xml);
  const taken = ({ client }: Call, xml: string): string => (clients.has(client) ? withoutMachine(xml) : xml);
  const { connectGetDomainCapabilities } = handlers;
  return {
    ...handlers,
    connectOpen(call, args) {
      if (args.name !== QEMU_SYSTEM) return handlers.connectOpen(call, args);
      handlers.connectOpen(call, { ...args, name: OWN });
      clients.add(call.client);
    },
    domainGetXmlDesc: (call, args) => ({ xml: shown(call, handlers.domainGetXmlDesc(call, args).xml) }),
    domainDefineXml: (call, args) => handlers.domainDefineXml(call, { ...args, xml: taken(call, args.xml) }),
    domainDefineXmlFlags: (call, args) => handlers.domainDefineXmlFlags(call, { ...args, xml: taken(call, args.xml) }),
    domainCreateXml: (call, args) => handlers.domainCreateXml(call, { ...args, xmlDesc: taken(call, args.xmlDesc) }),
    domainCreateXmlWithFiles: (call, args) =>
      handlers.domainCreateXmlWithFiles(call, { ...args, xmlDesc: taken(call, args.xmlDesc) }),
    domainUndefineFlags: (call, args) =>
      handlers.domainUndefineFlags(call, {
        ...args,
        flags: clients.has(call.client) ? args.flags & ~ALONG : args.flags,
      }),
    ...(connectGetDomainCapabilities && {
      connectGetDomainCapabilities: (call, args) =>
        connectGetDomainCapabilities(call, {
          ...args,
          machine: clients.has(call.client) && args.machine === MACHINE ? null : args.machine,
        }),
    }),
  };
}

/** The documents are our own: the type is the first element of that name below `<os>`. */
const withMachine = (xml: string): string =>
  xml.replace(/(<os>\s*<type(?! [^>]*machine=)[^>]*)>/, `$1 machine='${MACHINE}'>`);

/** Clients' documents are of any length: no tag begins inside of another, so that each character is looked at once. */
const withoutMachine = (xml: string): string => xml.replace(/(<type[^<>]*) machine=(["'])lxc\2/, '$1');
