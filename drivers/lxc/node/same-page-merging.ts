import { writeFileSync } from 'node:fs';
import { ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NodeOperations } from '../../contract/node.ts';
import { checkParameters } from '../tuning/parameters.ts';
import type { HostFiles } from './host-files.ts';

const directory = '/sys/kernel/mm/ksm';

/** libvirt's parameters in its order; the kernel's file is named like one without "shm_". */
const parameters = [
  { field: 'shm_pages_to_scan', type: 'uint', writable: true },
  { field: 'shm_sleep_millisecs', type: 'uint', writable: true },
  { field: 'shm_pages_shared', type: 'ullong', writable: false },
  { field: 'shm_pages_sharing', type: 'ullong', writable: false },
  { field: 'shm_pages_unshared', type: 'ullong', writable: false },
  { field: 'shm_pages_volatile', type: 'ullong', writable: false },
  { field: 'shm_full_scans', type: 'ullong', writable: false },
  { field: 'shm_merge_across_nodes', type: 'uint', writable: true },
] as const;

const writableTypes = Object.fromEntries(
  parameters.flatMap(({ field, type, writable }) => (writable ? [[field, type]] : [])),
);

const fileOf = (field: string): string => `${directory}/${field.slice('shm_'.length)}`;

type SamePageMerging = Pick<NodeOperations, 'nodeGetMemoryParameters' | 'nodeSetMemoryParameters'>;

/** The kernel's same-page merging: virsh node-memory-tune. */
export function samePageMerging(files: HostFiles): SamePageMerging {
  return {
    nodeGetMemoryParameters(flags) {
      checkFlags(flags, 0, 'virHostMemGetParameters', ErrorDomain.NONE);
      return parameters.flatMap(({ field, type }): TypedParameter[] => {
        // a parameter that this kernel does not have is left out
        const text = files.text(fileOf(field));
        if (text === null) return [];
        return [type === 'uint' ? { field, type, value: Number(text) } : { field, type, value: BigInt(text) }];
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async nodeSetMemoryParameters(params, flags) {
      checkFlags(flags, 0, 'virHostMemSetParameters', ErrorDomain.NONE);
      checkParameters(params, writableTypes);
      const unknown = params.find(({ field }) => files.text(fileOf(field)) === null);
      if (unknown !== undefined)
        throw errors.operationUnsupported(
          `Parameter '${unknown.field}' is not supported by this kernel`,
          ErrorDomain.NONE,
        );
      for (const param of params) set(files, param);
    },
  };
}

function set(files: HostFiles, { field, value }: TypedParameter): void {
  try {
    writeFileSync(files.path(fileOf(field)), String(value), { flag: 'r+' });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw errors.systemError(`failed to set ${field}: ${reason}`, ErrorDomain.NONE, { cause });
  }
}
