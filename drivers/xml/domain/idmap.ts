import { attribute } from '../describe/attribute.ts';
import { children, group } from '../describe/element.ts';
import { mapped, record, required, type Part } from '../describe/part.ts';
import { unsigned } from '../describe/text.ts';
import type { DomainDefinition, IdMapping } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';

const invalid = () => xmlError('invalid idmap start/target/count settings');

const number = (name: string): Part<number> => required(attribute(name, unsigned(0xffff_ffff, invalid)), invalid);

/** Sorted by start, as the kernel wants them. */
const mappings = (name: 'uid' | 'gid'): Part<IdMapping[]> =>
  mapped(
    children(name, record<IdMapping>({ start: number('start'), target: number('target'), count: number('count') })),
    values => values.sort((a, b) => a.start - b.start),
    values => values,
  );

/** `<idmap>`: both kinds or none, and the container's root among them. */
export const idmap: Part<DomainDefinition['idmap']> = mapped(
  group('idmap', record({ uid: mappings('uid'), gid: mappings('gid') })),
  value => {
    const { uid, gid } = value;
    if ((uid.length === 0) !== (gid.length === 0)) throw unsupported('uid and gid should be mapped both');
    if ((uid[0]?.start ?? 0) !== 0 || (gid[0]?.start ?? 0) !== 0)
      throw unsupported('You must map the root user of container');
    return value;
  },
  value => value,
);
