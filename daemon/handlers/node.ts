import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, LibvirtError } from '../../drivers/contract/error.ts';
import type { NamedValue, NodeOperations } from '../../drivers/contract/node.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import {
  NODE_CPU_STATS_MAX,
  NODE_MAX_CELLS,
  NODE_MEMORY_PARAMETERS_MAX,
  NODE_MEMORY_STATS_MAX,
} from '../../protocol/programs/remote/limits.ts';
import type { nodeProcedures } from '../../protocol/programs/remote/node.ts';
import type { Call } from '../call.ts';
import { badArgument, requireGiven, requireNonNegative, requireNonZero, requireRoom } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

/** The host. */
export function nodeHandlers(driver: NodeOperations) {
  return {
    nodeGetInfo: () => driver.nodeGetInfo(),
    nodeGetCpuStats(_call, { cpuNum, nparams, flags }) {
      requireParameterRoom(nparams, NODE_CPU_STATS_MAX);
      return counters(
        driver.nodeGetCpuStats(cpuNum, flags),
        nparams,
        '*nparams',
        'virHostCPUGetStatsLinux',
        'be equal to',
      );
    },
    nodeGetMemoryStats(_call, { cellNum, nparams, flags }) {
      requireParameterRoom(nparams, NODE_MEMORY_STATS_MAX);
      return counters(driver.nodeGetMemoryStats(cellNum, flags), nparams, 'nparams', 'virHostMemGetStatsLinux', 'be');
    },
    nodeGetCellsFreeMemory(_call, { startCell, maxcells }) {
      requireRoom('maxcells', maxcells, NODE_MAX_CELLS, 'REMOTE_NODE_MAX_CELLS');
      if (maxcells === 0) throw badArgument('virNodeGetCellsFreeMemory', 'maxCells', 'must be greater than zero');
      requireNonNegative('virNodeGetCellsFreeMemory', 'startCell', startCell);
      return { cells: driver.nodeGetCellsFreeMemory(startCell, maxcells) };
    },
    nodeGetFreeMemory: () => ({ freeMem: driver.nodeGetFreeMemory() }),
    nodeGetSecurityModel: () => driver.nodeGetSecurityModel(),
    nodeGetCpuMap(_call, { needMap, needOnline, flags }) {
      const { cpus, map, online } = driver.nodeGetCpuMap(flags);
      return {
        cpumap: needMap === 0 ? Buffer.alloc(0) : Buffer.from(map),
        online: needOnline === 0 ? 0 : online,
        ret: cpus,
      };
    },
    nodeGetMemoryParameters(_call, { nparams, flags }) {
      requireParameterRoom(nparams, NODE_MEMORY_PARAMETERS_MAX);
      return parameterReply(driver.nodeGetMemoryParameters(withoutStringFlag(flags)), nparams, flags);
    },
    nodeSetMemoryParameters(_call, { params, flags }) {
      requireGiven('virNodeSetMemoryParameters', 'params', params);
      return driver.nodeSetMemoryParameters(params, flags);
    },
    nodeGetFreePages(_call, { pages, startCell, cellCount, flags }) {
      if (pages.length * cellCount > NODE_MAX_CELLS)
        throw errors.internalError("the result won't fit into REMOTE_NODE_MAX_CELLS", ErrorDomain.RPC);
      requireNonZero('virNodeGetFreePages', 'npages', pages.length);
      requireNonZero('virNodeGetFreePages', 'cellCount', cellCount);
      return { counts: driver.nodeGetFreePages(pages, startCell, cellCount, flags) };
    },
    async nodeAllocPages(_call, { pageSizes, pageCounts, startCell, cellCount, flags }) {
      requireGiven('virNodeAllocPages', 'pageSizes', pageSizes);
      requireGiven('virNodeAllocPages', 'pageCounts', pageCounts);
      requireNonZero('virNodeAllocPages', 'cellCount', cellCount);
      if (pageSizes.length !== pageCounts.length)
        throw errors.internalError('as many page counts as page sizes are needed', ErrorDomain.RPC);
      const pages = pageSizes.map((size, at) => ({ size, count: pageCounts[at] ?? 0n }));
      return { ret: await driver.nodeAllocPages(pages, startCell, cellCount, flags) };
    },
    nodeSuspendForDuration: (_call, { target, duration, flags }) =>
      driver.nodeSuspendForDuration(target, duration, flags),
  } satisfies Handlers<typeof nodeProcedures, Call>;
}

/**
 * These two take room for exactly what there is, and nothing else but 0, which asks how much that is. `name` is what the
 * error calls the argument in its details.
 */
function counters(
  all: readonly NamedValue[],
  nparams: number,
  name: string,
  where: string,
  verb: string,
): { params: NamedValue[]; nparams: number } {
  if (nparams === 0) return { params: [], nparams: all.length };
  if (nparams === all.length) return { params: [...all], nparams: 0 };
  const text = `nparams in ${where} must ${verb} ${all.length}`;
  throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, text, { str1: where, str2: name, int1: 0, int2: 0 });
}
