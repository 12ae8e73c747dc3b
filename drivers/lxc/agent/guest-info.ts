import { DomainGuestInfoTypes as Types } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { disksOf } from './facts/disks.ts';
import { fileSystems, spaceOf } from './facts/file-systems.ts';
import { networkInterfaces } from './facts/interfaces.ts';
import { hostName, loggedIn, osFacts, timeZone } from './facts/system.ts';
import type { AgentSession } from './session/agent-session.ts';

type Parameters = readonly TypedParameter[];
type Value = bigint | string | boolean | number | null;

/** Counts are "uint", sizes and times "ullong", the offset of a time zone "int"; null is left out. */
const parameter = (field: string, value: Value): Parameters => {
  if (value === null) return [];
  if (typeof value === 'bigint') return [{ field, type: 'ullong', value }];
  if (typeof value === 'string') return [{ field, type: 'string', value }];
  if (typeof value === 'boolean') return [{ field, type: 'boolean', value }];
  return [{ field, type: 'uint', value }];
};

/** "name.count" and what each of several has, as "name.N.…". */
function several<T>(name: string, all: readonly T[], each: (item: T, prefix: string) => Parameters): Parameters {
  return [...parameter(`${name}.count`, all.length), ...all.flatMap((item, index) => each(item, `${name}.${index}`))];
}

/** One kind of information, and the agent command that stands for it. */
export interface InfoKind {
  readonly type: number;
  readonly command: string;
  readonly ask: (session: AgentSession) => Promise<Parameters> | Parameters;
}

/** virDomainGetGuestInfo, in the order of its answer. */
export const infoKinds: readonly InfoKind[] = [
  {
    type: Types.USERS,
    command: 'guest-get-users',
    ask: async session =>
      several('user', await loggedIn(session), ({ user, microseconds }, prefix) => [
        ...parameter(`${prefix}.name`, user),
        ...parameter(`${prefix}.login-time`, microseconds / 1000n),
      ]),
  },
  {
    type: Types.OS,
    command: 'guest-get-osinfo',
    ask: async session => {
      const facts = await osFacts(session);
      return [
        ...parameter('os.id', facts.id),
        ...parameter('os.name', facts.name),
        ...parameter('os.pretty-name', facts.prettyName),
        ...parameter('os.version', facts.version),
        ...parameter('os.version-id', facts.versionId),
        ...parameter('os.machine', facts.machine),
        ...parameter('os.variant', facts.variant),
        ...parameter('os.variant-id', facts.variantId),
        ...parameter('os.kernel-release', facts.kernelRelease),
        ...parameter('os.kernel-version', facts.kernelVersion),
      ];
    },
  },
  {
    type: Types.TIMEZONE,
    command: 'guest-get-timezone',
    ask: async session => {
      const { name, offset } = await timeZone(session);
      return [...parameter('timezone.name', name), { field: 'timezone.offset', type: 'int', value: offset }];
    },
  },
  {
    type: Types.HOSTNAME,
    command: 'guest-get-host-name',
    ask: async session => parameter('hostname', await hostName(session)),
  },
  {
    type: Types.DISKS,
    command: 'guest-get-disks',
    ask: session =>
      several('disk', disksOf(session), ({ node, target, serial }, prefix) => [
        ...parameter(`${prefix}.name`, node),
        ...parameter(`${prefix}.partition`, false),
        ...parameter(`${prefix}.serial`, serial),
        ...parameter(`${prefix}.alias`, target),
      ]),
  },
  { type: Types.FILESYSTEM, command: 'guest-get-fsinfo', ask: fileSystemParameters },
  {
    type: Types.INTERFACES,
    command: 'guest-network-get-interfaces',
    ask: session =>
      several('if', networkInterfaces(session), ({ name, mac, addresses }, prefix) => [
        ...parameter(`${prefix}.name`, name),
        ...parameter(`${prefix}.hwaddr`, mac),
        ...several(`${prefix}.addr`, addresses, ({ family, address, prefix: length }, own) => [
          ...parameter(`${own}.type`, family),
          ...parameter(`${own}.addr`, address),
          ...parameter(`${own}.prefix`, length),
        ]),
      ]),
  },
];

async function fileSystemParameters(session: AgentSession): Promise<Parameters> {
  const all = [];
  for (const fileSystem of await fileSystems(session))
    all.push({ fileSystem, space: await spaceOf(session, fileSystem) });
  return several('fs', all, ({ fileSystem: { mountPoint, name, type, disks }, space }, prefix) => [
    ...parameter(`${prefix}.name`, name),
    ...parameter(`${prefix}.mountpoint`, mountPoint),
    ...parameter(`${prefix}.fstype`, type),
    ...parameter(`${prefix}.total-bytes`, space === null ? null : space.used + space.available),
    ...parameter(`${prefix}.used-bytes`, space?.used ?? null),
    ...several(`${prefix}.disk`, disks, (disk, own) => [
      ...parameter(`${own}.alias`, disk),
      ...parameter(`${own}.device`, `/dev/${disk}`),
    ]),
  ]);
}
