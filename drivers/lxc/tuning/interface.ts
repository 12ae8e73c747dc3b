import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { InterfaceTuning } from '../../contract/interface-tuning.ts';
import type { Bandwidth, DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import { limitBandwidth, type InterfaceBandwidth } from '../network/bandwidth.ts';
import { plugOf } from '../network/plug.ts';
import { affected, checkOneImpact } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { changeDefinitions, readDefinition } from './definitions.ts';
import { checkParameters, numberOf, uint, type ParameterTypes } from './parameters.ts';

const figures = {
  inbound: ['average', 'peak', 'burst', 'floor'],
  outbound: ['average', 'peak', 'burst'],
} as const satisfies Record<keyof InterfaceBandwidth, readonly (keyof Bandwidth)[]>;

type Direction = keyof typeof figures;
const directions: readonly Direction[] = ['inbound', 'outbound'];
const fields = directions.flatMap(direction =>
  figures[direction].map(figure => ({ direction, figure, field: `${direction}.${figure}` })),
);
const types: ParameterTypes = Object.fromEntries(fields.map(({ field }) => [field, 'uint']));

/** virsh domiftune. */
export function interfaceTuning(context: LxcContext): InterfaceTuning {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetInterfaceParameters(ref, device, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainGetInterfaceParameters');
      checkOneImpact(flags);
      const domain = context.domains.find(ref);
      const definition = readDefinition(domain, affected(domain, flags));
      const { bandwidth } = interfacesOf(definition)[indexOf(definition, device)] ?? { bandwidth: null };
      return fields.map(({ direction, figure, field }) => uint(field, bandwidth?.[direction]?.[figure] ?? 0));
    },

    async domainSetInterfaceParameters(ref, device, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetInterfaceParameters');
      checkParameters(params, types);
      const tune = (definition: DomainDefinition): DomainDefinition => tuned(definition, device, params);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        if (which.config) tune(storedDefinition(domain));
        if (which.live) {
          const index = indexOf(domain.definition, device);
          const hostName = domain.running?.hostInterfaces[index] ?? '';
          const bandwidth = interfacesOf(tune(domain.definition))[index]?.bandwidth ?? null;
          const { source, portId } = interfacesOf(domain.definition)[index] ?? { source: null, portId: null };
          if (portId !== null) await context.networks?.changeBandwidth(source ?? '', portId, bandwidth);
          await limitBandwidth(hostName, bandwidth);
        }
        await changeDefinitions(context, domain, which, tune);
      });
    },
  };
}

const interfacesOf = ({ devices }: DomainDefinition): readonly InterfaceDevice[] => devices.interfaces;

/** Throws invalidArg for what is none of the definition's interfaces. */
function indexOf(definition: DomainDefinition, device: string): number {
  const mac = device.toLowerCase();
  const index = interfacesOf(definition).findIndex(({ mac: own, targetDev }) => own === mac || targetDev === device);
  if (index < 0) throw errors.invalidArg(`'${device}' is not a known interface`, ErrorDomain.DOMAIN);
  return index;
}

/** Throws for a limit that the interface cannot have. */
function tuned(definition: DomainDefinition, device: string, params: readonly TypedParameter[]): DomainDefinition {
  const index = indexOf(definition, device);
  const interfaces = interfacesOf(definition).map((entry, at) =>
    at === index ? { ...entry, bandwidth: withLimits(entry, params) } : entry,
  );
  return { ...definition, devices: { ...definition.devices, interfaces } };
}

function withLimits(device: InterfaceDevice, params: readonly TypedParameter[]): InterfaceBandwidth | null {
  const { type, bandwidth } = device;
  if (plugOf(device).type === 'direct')
    throw errors.configUnsupported('Unable to set network bandwidth on direct interfaces');
  if (type !== 'network' && numberOf(params, 'inbound.floor'))
    throw errors.configUnsupported('floor attribute is not supported for this config', ErrorDomain.NONE);
  const inbound = direction('inbound', bandwidth, params);
  const outbound = direction('outbound', bandwidth, params);
  return inbound === null && outbound === null ? null : { inbound, outbound };
}

function direction(
  name: Direction,
  present: InterfaceBandwidth | null,
  params: readonly TypedParameter[],
): Bandwidth | null {
  const value = (figure: keyof Bandwidth): number | null => numberOf(params, `${name}.${figure}`);
  const average = value('average');
  const floor = value('floor');
  if (average === null && floor === null) return present?.[name] ?? null;
  if (!average && !floor) return null;
  return { average: average || null, peak: value('peak') || null, burst: value('burst') || null, floor: floor || null };
}
