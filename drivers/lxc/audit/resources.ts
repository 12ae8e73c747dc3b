import type { DomainDefinition, HostDevice } from '../../xml/domain/definition.ts';
import { field } from './field.ts';

/** Something that a container has, or no longer has, as a record tells it. */
export interface AuditResource {
  /** libvirt's name of the kind. */
  readonly kind: string;
  readonly fields: string;
}

/** A kind of device, and what each of a domain's is known by in records. */
interface AuditedKind {
  readonly kind: string;
  readonly values: (definition: DomainDefinition) => readonly (string | null)[];
  /** `before` or `after` is null for what comes or goes. */
  readonly fields: (before: string | null, after: string | null) => string;
}

const replaced =
  (kind: string) =>
  (before: string | null, after: string | null): string =>
    `${field(`old-${kind}`, before)} ${field(`new-${kind}`, after)}`;

/** In the order in which libvirt tells of them. */
const kinds: readonly AuditedKind[] = [
  { kind: 'disk', values: ({ devices }) => devices.disks.map(({ source }) => source), fields: replaced('disk') },
  { kind: 'fs', values: ({ devices }) => devices.filesystems.map(({ source }) => source), fields: replaced('fs') },
  { kind: 'net', values: ({ devices }) => devices.interfaces.map(({ mac }) => mac), fields: replaced('net') },
  {
    kind: 'hostdev',
    values: ({ devices }) => devices.hostdevs.map(hostDeviceFields).filter(fields => fields !== null),
    fields: (before, after) => after ?? before ?? '',
  },
  { kind: 'chardev', values: ({ devices }) => devices.consoles.map(({ tty }) => tty), fields: replaced('chardev') },
];

/** What has nothing of the host's, such as a filesystem in memory, is not told of. */
const told = (values: readonly (string | null)[]): string[] => values.filter(value => value !== null);

/** Null for an interface of the host that is moved: it is no device of its own. */
function hostDeviceFields(device: HostDevice): string | null {
  if (device.mode === 'subsystem') {
    const { bus = null, device: number = null } = device.usb ?? {};
    const place = [bus, number].map(part => String(part ?? 0).padStart(3, '0')).join('.');
    return `bus=${device.type} ${field('device', place)}`;
  }
  if (device.type === 'net') return null;
  return field(device.type === 'storage' ? 'disk' : 'chardev', device.path);
}

/** All that a container starts with. */
export function resourcesOf(definition: DomainDefinition): AuditResource[] {
  const { memory, vcpu } = definition;
  return [
    ...kinds.flatMap(({ kind, values, fields }) =>
      told(values(definition)).map(value => ({ kind, fields: fields(null, value) })),
    ),
    { kind: 'mem', fields: `old-mem=0 new-mem=${memory}` },
    { kind: 'vcpu', fields: `old-vcpu=0 new-vcpu=${vcpu.current ?? vcpu.max}` },
  ];
}

/** What of a container's devices is another than before. */
export function resourcesChanged(before: DomainDefinition, after: DomainDefinition): AuditResource[] {
  return kinds.flatMap(({ kind, values, fields }) => {
    const old = told(values(before));
    const added = told(values(after)).filter(value => {
      const at = old.indexOf(value);
      if (at >= 0) old.splice(at, 1);
      return at < 0;
    });
    return Array.from({ length: Math.max(old.length, added.length) }, (_, at) => ({
      kind,
      fields: fields(old[at] ?? null, added[at] ?? null),
    }));
  });
}
