import { ErrorDomain, SecretUsageType } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { draft, type Part } from '../describe/part.ts';
import { attributeOf, childOf, textOf } from '../tree.ts';
import type { SecretUsage } from './definition.ts';

interface UsageKind {
  readonly type: SecretUsageType;
  /** The element that says what exactly the secret is for; null where there is nothing to say. */
  readonly element: string | null;
  /** What is missing when the element is. */
  readonly missing: string;
}

/** By what `type` says. */
const kinds: Readonly<Record<string, UsageKind>> = {
  none: { type: SecretUsageType.NONE, element: null, missing: '' },
  volume: {
    type: SecretUsageType.VOLUME,
    element: 'volume',
    missing: 'volume usage specified, but volume path is missing',
  },
  ceph: { type: SecretUsageType.CEPH, element: 'name', missing: 'Ceph usage specified, but name is missing' },
  iscsi: { type: SecretUsageType.ISCSI, element: 'target', missing: 'iSCSI usage specified, but target is missing' },
  tls: { type: SecretUsageType.TLS, element: 'name', missing: 'TLS usage specified, but name is missing' },
  vtpm: { type: SecretUsageType.VTPM, element: 'name', missing: 'vTPM usage specified, but name is missing' },
};

function kindOf(name: string | null): UsageKind {
  if (name === null) throw errors.xmlError('unknown secret usage type', ErrorDomain.SECRET);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw errors.configUnsupported(`unknown secret usage type ${name}`, ErrorDomain.SECRET);
  return kind;
}

const missing = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.SECRET);

/** `<usage>`: a secret without one, and one of the type "none", is for nothing in particular. */
export const usage: Part<SecretUsage> = {
  read(from) {
    const element = childOf(from, 'usage');
    if (element === null) return { type: SecretUsageType.NONE, id: '' };
    const kind = kindOf(attributeOf(element, 'type'));
    if (kind.element === null) return { type: kind.type, id: '' };
    const named = childOf(element, kind.element);
    const id = named === null ? '' : textOf(named);
    if (id === '') throw missing(kind.missing);
    return { type: kind.type, id };
  },
  write({ type, id }, to) {
    const [name, kind] = Object.entries(kinds).find(([, kind]) => kind.type === type) ?? [];
    if (name === undefined || !kind?.element) return;
    const named = draft(kind.element);
    named.children.push({ kind: 'text', text: id });
    const element = draft('usage');
    element.attributes.push({ name: 'type', value: name });
    element.children.push(named);
    to.children.push(element);
  },
};
