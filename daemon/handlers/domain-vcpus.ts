import { DomainModificationImpact, DomainVcpuFlags } from '../../drivers/contract/constants.ts';
import type { DomainVcpus } from '../../drivers/contract/domain-vcpus.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { connectProcedures } from '../../protocol/programs/remote/connect.ts';
import type { domainCpuProcedures } from '../../protocol/programs/remote/domain-cpu.ts';
import { CPUMAPS_MAX, VCPUINFO_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { badArgument, requireNonZero, requireRoom } from './argument.ts';
import { cpuMaps, cpusIn } from './cpu-maps.ts';

export const vcpuCalls = [
  'connectGetMaxVcpus',
  'domainGetVcpusFlags',
  'domainSetVcpusFlags',
  'domainGetVcpus',
  'domainPinVcpuFlags',
  'domainGetVcpuPinInfo',
  'domainPinEmulator',
  'domainGetEmulatorPinInfo',
] as const satisfies (keyof DomainVcpus)[];

const { LIVE } = DomainModificationImpact;
const { MAXIMUM } = DomainVcpuFlags;

/** The processors of domains. The older form of a call is about the running domain. */
export function domainVcpuHandlers(driver: DomainVcpus) {
  return {
    connectGetMaxVcpus: (_call, { type }) => ({ maxVcpus: driver.connectGetMaxVcpus(type) }),
    domainGetMaxVcpus: (_call, { dom }) => ({ num: driver.domainGetVcpusFlags(dom, LIVE | MAXIMUM) }),
    domainGetVcpusFlags: (_call, { dom, flags }) => ({ num: driver.domainGetVcpusFlags(dom, flags) }),
    domainSetVcpus(_call, { dom, nvcpus }) {
      requireNonZero('virDomainSetVcpus', 'nvcpus', nvcpus);
      return driver.domainSetVcpusFlags(dom, nvcpus, LIVE);
    },
    domainSetVcpusFlags(_call, { dom, nvcpus, flags }) {
      requireNonZero('virDomainSetVcpusFlags', 'nvcpus', nvcpus);
      return driver.domainSetVcpusFlags(dom, nvcpus, flags);
    },
    async domainGetVcpus(_call, { dom, maxinfo, maplen }) {
      requireMapRoom(maxinfo, maplen, 'maxinfo');
      const infos = await driver.domainGetVcpus(dom, maxinfo);
      return {
        info: infos.map(({ number, state, cpuTime, cpu }) => ({ number, state, cpuTime, cpu })),
        cpumaps: cpuMaps(
          infos.map(({ affinity }) => affinity),
          maplen,
        ),
      };
    },
    ...pinningHandlers(driver),
  } satisfies Handlers<typeof domainCpuProcedures & typeof connectProcedures, Call>;
}

function pinningHandlers(driver: DomainVcpus) {
  return {
    domainPinVcpu(_call, { dom, vcpu, cpumap }) {
      requireMap('virDomainPinVcpu', cpumap);
      return driver.domainPinVcpuFlags(dom, vcpu, cpusIn(cpumap), LIVE);
    },
    domainPinVcpuFlags(_call, { dom, vcpu, cpumap, flags }) {
      requireMap('virDomainPinVcpuFlags', cpumap);
      return driver.domainPinVcpuFlags(dom, vcpu, cpusIn(cpumap), flags);
    },
    async domainGetVcpuPinInfo(_call, { dom, ncpumaps, maplen, flags }) {
      requireMapRoom(ncpumaps, maplen, 'ncpumaps');
      const lists = await driver.domainGetVcpuPinInfo(dom, ncpumaps, flags);
      return { cpumaps: cpuMaps(lists, maplen), num: lists.length };
    },
    domainPinEmulator(_call, { dom, cpumap, flags }) {
      requireMap('virDomainPinEmulator', cpumap);
      return driver.domainPinEmulator(dom, cpusIn(cpumap), flags);
    },
    async domainGetEmulatorPinInfo(_call, { dom, maplen, flags }) {
      requireMapRoom(1, maplen, 'maplen');
      return { cpumaps: cpuMaps([await driver.domainGetEmulatorPinInfo(dom, flags)], maplen), ret: 1 };
    },
  } satisfies Handlers<typeof domainCpuProcedures, Call>;
}

function requireMap(api: string, map: Uint8Array): void {
  if (map.length === 0) throw badArgument(api, 'maplen', 'must be greater than zero');
}

/** Maps are sent whole: as many as were asked for, of the length that was asked for. */
function requireMapRoom(count: number, length: number, name: string): void {
  requireRoom(name, count, VCPUINFO_MAX, 'REMOTE_VCPUINFO_MAX');
  requireRoom('maplen', length, CPUMAPS_MAX, 'REMOTE_CPUMAPS_MAX');
  requireRoom(`${name} * maplen`, count * length, CPUMAPS_MAX, 'REMOTE_CPUMAPS_MAX');
}
