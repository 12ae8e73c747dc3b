import type { InterfaceStats, TypedParameter } from '../../contract/domain.ts';
import type { LxcDomain } from '../domain.ts';
import type { HostFigures } from './host-figures.ts';
import { guestCounters, otherEnd } from './interface-stats.ts';
import { count, counter, text } from './parameter.ts';

/** Interfaces of a running domain, by the name that domifstat takes: the host's end, or the MAC where there is none. */
export function interfaceGroup({ definition, running }: LxcDomain, host: HostFigures): TypedParameter[] {
  if (running === null) return [];
  const { interfaces } = definition.devices;
  return [
    count('net.count', interfaces.length),
    ...interfaces.flatMap(({ mac }, index) => {
      const hostName = running.hostInterfaces[index] ?? null;
      const stats =
        hostName === null ? guestCounters(running.initPid, mac) : otherEnd(host.links.get(hostName) ?? null);
      return [text(`net.${index}.name`, hostName ?? mac), ...counters(`net.${index}`, stats)];
    }),
  ];
}

/** None of a link that the container has deleted. */
function counters(prefix: string, stats: InterfaceStats | null): TypedParameter[] {
  if (stats === null) return [];
  return [
    counter(`${prefix}.rx.bytes`, stats.rxBytes),
    counter(`${prefix}.rx.pkts`, stats.rxPackets),
    counter(`${prefix}.rx.errs`, stats.rxErrors),
    counter(`${prefix}.rx.drop`, stats.rxDrops),
    counter(`${prefix}.tx.bytes`, stats.txBytes),
    counter(`${prefix}.tx.pkts`, stats.txPackets),
    counter(`${prefix}.tx.errs`, stats.txErrors),
    counter(`${prefix}.tx.drop`, stats.txDrops),
  ];
}
