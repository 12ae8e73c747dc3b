import { attributeOf, xmlElement, type XmlElement } from '../tree.ts';
import { normalPins } from './cpu-pins.ts';
import type { DomainDefinition } from './definition.ts';

/** The CPUs of each pinned vCPU, by its number: lists as "0-3,5". */
export function vcpuPins({ cputune }: DomainDefinition): ReadonlyMap<number, string> {
  const pins = cputune.foreign.filter(({ name }) => name === 'vcpupin');
  return new Map(pins.map(pin => [Number(attributeOf(pin, 'vcpu')), attributeOf(pin, 'cpuset') ?? '']));
}

/** The CPUs that the domain's own process is pinned to, or null. */
export function emulatorPin({ cputune }: DomainDefinition): string | null {
  const pin = cputune.foreign.find(({ name }) => name === 'emulatorpin');
  return pin === undefined ? null : attributeOf(pin, 'cpuset');
}

/** The definition with that vCPU pinned to `cpus`. */
export const withVcpuPin = (definition: DomainDefinition, vcpu: number, cpus: string): DomainDefinition =>
  withPin(
    definition,
    xmlElement('vcpupin', { vcpu: String(vcpu), cpuset: cpus }),
    ({ name, attributes }) =>
      name === 'vcpupin' && attributes.some(({ name, value }) => name === 'vcpu' && Number(value) === vcpu),
  );

/** The definition with the domain's own process pinned to `cpus`. */
export const withEmulatorPin = (definition: DomainDefinition, cpus: string): DomainDefinition =>
  withPin(definition, xmlElement('emulatorpin', { cpuset: cpus }), ({ name }) => name === 'emulatorpin');

/** In the order in which pins are written: those of vCPUs, the emulator's, then all else that `<cputune>` keeps. */
function withPin(
  definition: DomainDefinition,
  pin: XmlElement,
  isReplaced: (element: XmlElement) => boolean,
): DomainDefinition {
  const { cputune } = definition;
  const kept = [...cputune.foreign.filter(element => !isReplaced(element)), pin];
  const others = kept.filter(({ name }) => name !== 'emulatorpin' && name !== 'vcpupin');
  const emulator = kept.filter(({ name }) => name === 'emulatorpin');
  const vcpus = kept.filter(({ name }) => name === 'vcpupin');
  return { ...definition, cputune: { ...cputune, foreign: normalPins([...vcpus, ...emulator, ...others]) } };
}
