import { allowedCpus, cpuNumbers } from '../facts/vcpus.ts';
import { disksOf } from '../facts/disks.ts';
import { fileSystems, spaceOf, type FileSystem } from '../facts/file-systems.ts';
import { networkInterfaces, type InterfaceFacts } from '../facts/interfaces.ts';
import { hostName, loggedIn, osFacts, timeZone } from '../facts/system.ts';
import type { AgentSession } from '../session/agent-session.ts';
import type { CommandTable } from './command.ts';
import type { Json } from './json.ts';

const MILLION = 1_000_000n;

/** What a container says of itself. */
export const queries = {
  'guest-get-host-name': () => async session => ({ 'host-name': await hostName(session) }),
  'guest-get-osinfo': () => async session => {
    const facts = await osFacts(session);
    return {
      name: facts.name ?? undefined,
      'kernel-release': facts.kernelRelease,
      version: facts.version ?? undefined,
      'pretty-name': facts.prettyName ?? undefined,
      'version-id': facts.versionId ?? undefined,
      'kernel-version': facts.kernelVersion,
      machine: facts.machine,
      id: facts.id ?? undefined,
      variant: facts.variant ?? undefined,
      'variant-id': facts.variantId ?? undefined,
    };
  },
  'guest-get-users': () => async session =>
    (await loggedIn(session)).map(({ user, microseconds }) => ({
      'login-time': Number(microseconds) / 1_000_000,
      user,
    })),
  'guest-get-timezone': () => async session => {
    const { name, offset } = await timeZone(session);
    return { zone: name, offset };
  },
  'guest-get-time': () => () => BigInt(Date.now()) * MILLION,
  'guest-get-fsinfo': () => async session => {
    const answers: Json[] = [];
    for (const fileSystem of await fileSystems(session)) answers.push(await fileSystemAnswer(session, fileSystem));
    return answers;
  },
  'guest-get-disks': () => session => disksOf(session).map(({ node }) => ({ name: node, partition: false })),
  'guest-get-vcpus': () => async session =>
    cpuNumbers(await allowedCpus(session)).map(number => ({
      online: true,
      'can-offline': false,
      'logical-id': number,
    })),
  'guest-network-get-interfaces': () => session => networkInterfaces(session).map(interfaceAnswer),
} as const satisfies CommandTable;

async function fileSystemAnswer(session: AgentSession, fileSystem: FileSystem): Promise<Json> {
  const space = await spaceOf(session, fileSystem);
  return {
    name: fileSystem.name,
    // What only root can use does not count.
    'total-bytes': space === null ? undefined : space.used + space.available,
    'used-bytes': space?.used,
    mountpoint: fileSystem.mountPoint,
    disk: [],
    type: fileSystem.type,
  };
}

function interfaceAnswer({ name, mac, addresses, statistics }: InterfaceFacts): Json {
  return {
    name,
    'ip-addresses': addresses.map(({ family, address, prefix }) => ({
      'ip-address-type': family,
      'ip-address': address,
      prefix,
    })),
    statistics:
      statistics === null
        ? undefined
        : {
            'tx-packets': statistics.txPackets,
            'tx-errs': statistics.txErrors,
            'rx-bytes': statistics.rxBytes,
            'rx-dropped': statistics.rxDrops,
            'rx-packets': statistics.rxPackets,
            'rx-errs': statistics.rxErrors,
            'tx-bytes': statistics.txBytes,
            'tx-dropped': statistics.txDrops,
          },
    'hardware-address': mac ?? undefined,
  };
}
