import type { DomainVcpus } from '../../contract/domain-vcpus.ts';
import type { LxcContext } from '../context.ts';
import { vcpuCounts } from './count.ts';
import { pinning } from './pinning.ts';

/** The processors of containers: a share of the host's, limited by time and by place. */
export function vcpus(context: LxcContext): DomainVcpus {
  return { ...vcpuCounts(context), ...pinning(context) };
}
