import type { PressureFigures } from '../../../native/cgroup/cgroup.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { counter } from './parameter.ts';

/** The time in which some, and all, processes waited for a resource, and the per cent of the last ten seconds. */
export function pressure(prefix: string, figures: PressureFigures | null): TypedParameter[] {
  if (figures === null) return [];
  const { some, full } = figures;
  return [
    { field: `${prefix}.pressure.some.avg10`, type: 'double', value: some.recent },
    counter(`${prefix}.pressure.some.total`, some.total),
    { field: `${prefix}.pressure.full.avg10`, type: 'double', value: full.recent },
    counter(`${prefix}.pressure.full.total`, full.total),
  ];
}
