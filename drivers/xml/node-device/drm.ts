import { absent, mapped, record, type Part } from '../describe/part.ts';
import type { DrmCapability } from './definition.ts';
import { optionalText } from './parts.ts';
import { unsupported } from './refusals.ts';

const kinds = ['primary', 'control', 'render'];

/** A node of a graphics device. */
export const drm: Part<DrmCapability> = record({
  type: absent('drm'),
  kind: mapped(
    optionalText('type'),
    value => {
      if (value === null || !kinds.includes(value)) throw unsupported(`unknown drm type '${value ?? '(null)'}'`);
      return value;
    },
    value => value,
  ),
});
