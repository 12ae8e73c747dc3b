import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { InterfaceTuning } from '../../contract/interface-tuning.ts';
import type { Bandwidth, DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { limitBandwidth, type InterfaceBandwidth } from '../network/bandwidth.ts';
import { changedBandwidth } from '../network/network-port.ts';
import { plugOf } from '../network/plug.ts';
import { hasHostEnd } from '../plan/links.ts';
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
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        // The names of links that were made for a container are known to what runs alone.
        const known = which.live ? interfaceAt(domain.definition, indexOf(domain.definition, device)).mac : device;
        const tune = (definition: DomainDefinition): DomainDefinition => tuned(definition, known, params);
        if (which.config) tune(storedDefinition(domain));
        if (!which.live) return await changeDefinitions(context, domain, which, tune);
        const bandwidth = await limitNow(context, domain, known, params);
        await changeDefinitions(context, domain, which, tune, definition =>
          withBandwidth(definition, indexOf(definition, known), bandwidth),
        );
      });
    },
  };
}

const interfacesOf = ({ devices }: DomainDefinition): readonly InterfaceDevice[] => devices.interfaces;

function interfaceAt(definition: DomainDefinition, index: number): InterfaceDevice {
  const found = interfacesOf(definition)[index];
  if (found === undefined) throw errors.internalError(`domain '${definition.name}' has no interface ${index}`);
  return found;
}

/** Throws invalidArg for what is none of the definition's interfaces. */
function indexOf(definition: DomainDefinition, device: string): number {
  const mac = device.toLowerCase();
  const index = interfacesOf(definition).findIndex(({ mac: own, targetDev }) => own === mac || targetDev === device);
  if (index < 0) throw errors.invalidArg(`'${device}' is not a known interface`, ErrorDomain.DOMAIN);
  return index;
}

/** Limits the interface of a running container, and tells its network. Returns what it has then. */
async function limitNow(
  { networks }: LxcContext,
  { definition, running }: LxcDomain,
  device: string,
  params: readonly TypedParameter[],
): Promise<InterfaceBandwidth | null> {
  const index = indexOf(definition, device);
  const present = interfaceAt(definition, index);
  const bandwidth = await changedBandwidth(networks, present, withLimits(present, params));
  await limitBandwidth(running?.hostInterfaces[index] ?? '', bandwidth);
  return bandwidth;
}

/** Throws for a limit that the interface cannot have. */
function tuned(definition: DomainDefinition, device: string, params: readonly TypedParameter[]): DomainDefinition {
  const index = indexOf(definition, device);
  return withBandwidth(definition, index, withLimits(interfaceAt(definition, index), params));
}

function withBandwidth(
  definition: DomainDefinition,
  index: number,
  bandwidth: InterfaceBandwidth | null,
): DomainDefinition {
  const interfaces = interfacesOf(definition).with(index, { ...interfaceAt(definition, index), bandwidth });
  return { ...definition, devices: { ...definition.devices, interfaces } };
}

function withLimits(device: InterfaceDevice, params: readonly TypedParameter[]): InterfaceBandwidth | null {
  const { type, bandwidth } = device;
  const plug = plugOf(device);
  if (!hasHostEnd(plug)) throw errors.configUnsupported(`Unable to set network bandwidth on ${plug.type} interfaces`);
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
