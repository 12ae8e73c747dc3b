import type { DomainNuma } from '../../contract/domain-numa.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import type { InterfaceTuning } from '../../contract/interface-tuning.ts';
import type { LxcContext } from '../context.ts';
import { blkio } from './blkio.ts';
import { blockIoTune, type BlockIoTune } from './block-iotune.ts';
import { interfaceTuning } from './interface.ts';
import { memoryParameters } from './memory-parameters.ts';
import { memorySize } from './memory-size.ts';
import { numaParameters } from './numa-parameters.ts';
import { scheduler } from './scheduler.ts';

/** The limits of domains: what they run with, and what they will run with. */
export function tuning(context: LxcContext): DomainTuning & InterfaceTuning & DomainNuma & BlockIoTune {
  return {
    ...memorySize(context),
    ...memoryParameters(context),
    ...blkio(context),
    ...blockIoTune(context),
    ...scheduler(context),
    ...numaParameters(context),
    ...interfaceTuning(context),
  };
}
