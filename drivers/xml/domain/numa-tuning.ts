import { bitmap } from '../bitmap.ts';
import { attribute } from '../describe/attribute.ts';
import { child, group } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { mapped, record, type Part } from '../describe/part.ts';
import { oneOf } from '../describe/text.ts';
import { childOf, type XmlElement } from '../tree.ts';
import type { NumaTuning } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';
import { memnodeForms } from './forms.ts';

const numaModes = ['strict', 'preferred', 'interleave', 'restrictive'] as const;

const placements = ['static', 'auto'] as const;

const numaMemory = mapped(
  record({
    mode: attribute(
      'mode',
      oneOf(numaModes, text => unsupported(`Unsupported NUMA memory tuning mode '${text}'`)),
    ),
    nodeset: attribute(
      'nodeset',
      bitmap(text => unsupported(`Invalid value of 'nodeset': ${text}`)),
    ),
    placement: attribute(
      'placement',
      oneOf(placements, text => unsupported(`Unsupported NUMA memory placement mode '${text}'`)),
    ),
  }),
  ({ mode, nodeset, placement }): Omit<NumaTuning, 'foreign'> | null => {
    if (mode === null && nodeset === null && placement === null) return null;
    if (placement === 'auto') return { mode: mode ?? 'strict', placement, nodeset: null };
    if (nodeset === null) throw unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    return { mode: mode ?? 'strict', placement: 'static', nodeset };
  },
  value => ({
    mode: value?.mode ?? null,
    nodeset: value?.nodeset ?? null,
    placement: value?.placement === 'auto' ? ('auto' as const) : null,
  }),
);

/** `<numatune>` */
export const numatune: Part<NumaTuning | null> = mapped(
  group('numatune', record({ memory: child('memory', numaMemory), foreign: foreign(memnodeForms) })),
  ({ memory, foreign: nodes }, from) => {
    if (childOf(from, 'numatune') !== null && nodes.length > 0 && !hasCells(from))
      throw xmlError("Element 'memnode' is invalid without any guest NUMA cells");
    return memory === null ? null : { ...memory, foreign: nodes };
  },
  value => ({ memory: value, foreign: value?.foreign ?? [] }),
);

function hasCells(from: XmlElement): boolean {
  const cpu = childOf(from, 'cpu');
  const numa = cpu === null ? null : childOf(cpu, 'numa');
  return numa !== null && childOf(numa, 'cell') !== null;
}
