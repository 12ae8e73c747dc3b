import { DomainMemoryStatTags, ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, LibvirtError } from '../../drivers/contract/error.ts';
import type { DomainStatistics } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainBlockProcedures } from '../../protocol/programs/remote/domain-block.ts';
import type { domainCpuProcedures } from '../../protocol/programs/remote/domain-cpu.ts';
import type { domainDeviceProcedures } from '../../protocol/programs/remote/domain-device.ts';
import type { domainMemoryProcedures } from '../../protocol/programs/remote/domain-memory.ts';
import {
  DOMAIN_BLOCK_STATS_PARAMETERS_MAX,
  DOMAIN_GET_CPU_STATS_MAX,
  DOMAIN_MEMORY_STATS_MAX,
} from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { badArgument } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

type Table = typeof domainMemoryProcedures &
  typeof domainBlockProcedures &
  typeof domainCpuProcedures &
  typeof domainDeviceProcedures;

/** Most CPUs in one answer. */
const CPU_STATS_CPUS_MAX = 128;

/** What domains have used. */
export function domainStatisticsHandlers(driver: DomainStatistics) {
  return {
    async domainGetCpuStats(_call, { dom, nparams, startCpu, ncpus, flags }) {
      requireCpuRange(nparams, startCpu, ncpus);
      const stats = await driver.domainGetCpuStats(dom, startCpu, ncpus, withoutStringFlag(flags));
      if (ncpus === 0) return { params: [], nparams: stats.cpus };
      if (nparams === 0) return { params: [], nparams: stats.nparams };
      const perCpu = Math.min(nparams, stats.nparams);
      return { params: stats.params.flatMap(cpu => cpu.slice(0, perCpu)), nparams: perCpu };
    },
    async domainMemoryStats(_call, { dom, maxStats, flags }) {
      if (maxStats > DOMAIN_MEMORY_STATS_MAX)
        throw errors.internalError('maxStats > REMOTE_DOMAIN_MEMORY_STATS_MAX', ErrorDomain.RPC);
      if (maxStats === 0) return { stats: [] };
      const stats = await driver.domainMemoryStats(dom, flags);
      return {
        stats: stats
          .slice(0, Math.min(maxStats, DomainMemoryStatTags.NR))
          .map(({ tag, value }) => ({ tag, val: value })),
      };
    },
    async domainBlockStats(_call, { dom, path }) {
      const { readRequests, readBytes, writeRequests, writeBytes, errors } = await driver.domainBlockStats(dom, path);
      return { rdReq: readRequests, rdBytes: readBytes, wrReq: writeRequests, wrBytes: writeBytes, errs: errors };
    },
    async domainBlockStatsFlags(_call, { dom, path, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_BLOCK_STATS_PARAMETERS_MAX);
      if (nparams === 0) return { params: [], nparams: driver.domainBlockStatsCount(dom, withoutStringFlag(flags)) };
      return parameterReply(await driver.domainBlockStatsFlags(dom, path, withoutStringFlag(flags)), nparams, flags);
    },
    async domainInterfaceStats(_call, { dom, device }) {
      const stats = await driver.domainInterfaceStats(dom, device);
      const { rxBytes, rxPackets, rxErrors, rxDrops, txBytes, txPackets, txErrors, txDrops } = stats;
      return {
        rxBytes,
        rxPackets,
        rxErrs: rxErrors,
        rxDrop: rxDrops,
        txBytes,
        txPackets,
        txErrs: txErrors,
        txDrop: txDrops,
      };
    },
  } satisfies Handlers<Table, Call>;
}

/** `startCpu` -1 stands for the total, which is one answer; `ncpus` 0 asks for the number of CPUs, and has no room to give. */
function requireCpuRange(nparams: number, startCpu: number, ncpus: number): void {
  const api = 'virDomainGetCPUStats';
  if (nparams > DOMAIN_GET_CPU_STATS_MAX) throw errors.internalError('nparams too large', ErrorDomain.RPC);
  if (ncpus > CPU_STATS_CPUS_MAX) throw errors.internalError('ncpus too large', ErrorDomain.RPC);
  if (startCpu < -1) throw badArgument(api, 'start_cpu', 'must be zero or greater');
  if (startCpu === -1 && ncpus !== 1)
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, 'ncpus must be 1 when start_cpu is -1', {
      str1: api,
      str2: 'start_cpu',
      int1: 0,
      int2: 0,
    });
  if (ncpus === 0 && nparams !== 0) throw badArgument(api, 'params', 'must not be NULL');
}
